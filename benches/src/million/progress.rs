//! A progress bar on stderr: rewritten in place on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// In characters.
const WIDTH: usize = 20;
/// How often the bar is drawn, on a terminal and elsewhere.
const EVERY: Duration = Duration::from_millis(50);
const EVERY_LINE: Duration = Duration::from_secs(5);

/// How far the bench is.
#[derive(Debug)]
pub(super) struct Bar {
    total: usize,
    step: usize,
    label: String,
    asked: usize,
    drawn_at: Instant,
    is_terminal: bool,
}

impl Bar {
    /// Makes a bar for so many measured processes.
    pub(super) fn new(total: usize) -> Self {
        Self {
            total,
            step: 0,
            label: String::new(),
            asked: 1,
            drawn_at: Instant::now(),
            is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Says which process begins, and how many threads it is asked for.
    pub(super) fn begin(&mut self, label: &str, asked: usize) {
        self.step += 1;
        label.clone_into(&mut self.label);
        self.asked = asked;
        self.draw(0, "begins");
    }

    /// Says how many threads it holds; shown now and then.
    pub(super) fn held(&mut self, held: usize) {
        if self.drawn_at.elapsed() >= if self.is_terminal { EVERY } else { EVERY_LINE } {
            self.draw(held, "being made");
        }
    }

    pub(super) fn built(&mut self, held: usize) {
        self.draw(held, "wait");
    }

    pub(super) fn woken(&mut self, asked: usize) {
        self.draw(asked, "woken and joined");
    }

    /// Shows a line that stays, above the bar.
    pub(super) fn finished(&mut self, line: &str) {
        self.clear();
        eprintln!("{line}");
    }

    fn draw(&mut self, done: usize, phase: &str) {
        let line = line(done, self.asked, &format!("{} {phase}", self.label));
        let line = format!("[{}/{}] {line}", self.step, self.total);
        self.clear();
        if self.is_terminal {
            eprint!("{line}");
        } else {
            eprintln!("{line}");
        }
        // Progress that cannot be shown is no reason to end a measurement.
        drop(io::stderr().flush());
        self.drawn_at = Instant::now();
    }

    fn clear(&self) {
        if self.is_terminal {
            eprint!("\r\x1b[K");
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

fn line(done: usize, asked: usize, label: &str) -> String {
    let share = (done as f64 / asked as f64).min(1.0);
    let filled = (share * WIDTH as f64) as usize;
    let (bar, rest) = ("#".repeat(filled), ".".repeat(WIDTH - filled));
    format!("{bar}{rest} {:>3.0} % {done:>9} {label}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_up_and_no_further() {
        assert_eq!(line(0, 10, "x"), format!("{}   0 %         0 x", ".".repeat(20)));
        assert_eq!(
            line(5, 10, "x"),
            format!("{}{}  50 %         5 x", "#".repeat(10), ".".repeat(10))
        );
        assert_eq!(line(12, 10, "x"), format!("{} 100 %        12 x", "#".repeat(20)));
    }

    /// A line that wraps cannot be rewritten in place.
    #[test]
    fn the_bar_fits_a_terminal_of_eighty_columns() {
        let line = line(1_000_000, 1_000_000, "may_8k n=1000000 woken and joined");
        assert!("[6/6] ".len() + line.len() < 80, "{line}");
    }
}
