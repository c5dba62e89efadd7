//! What a bench leaves behind: a table on stdout, a JSON file if one was asked for, and progress on stderr meanwhile.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::{Result, json};

/// Formats rows of text as columns under a header: the first column to the left, the others to the right.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut lines = vec![header.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>()];
    lines.extend_from_slice(rows);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    lines.iter().map(|line| format_line(line, &widths)).collect()
}

fn format_line(line: &[String], widths: &[usize]) -> String {
    let first = format!("{:<width$}", line[0], width = widths[0]);
    let others = line.iter().zip(widths).skip(1).map(|(cell, &width)| format!("  {cell:>width$}"));
    format!("{first}{}\n", others.collect::<String>())
}

/// Formats a number with the given decimals, or a dash for one that was not measured.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { "-".to_owned() }
}

/// Writes the rows to `path` if there is one.
pub(crate) fn save(path: Option<&Path>, rows: &[String]) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    fs::write(path, json::list(rows))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

/// Progress on stderr: one line that is rewritten on a terminal, one line a step elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    total: usize,
    done: usize,
}

impl Progress {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0 }
    }

    /// Says which step begins.
    pub(crate) fn step(&mut self, label: &str) {
        self.done += 1;
        let line = format!("[{}/{}] {label}", self.done, self.total);
        if io::stderr().is_terminal() {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
        // Progress that cannot be shown is no reason to end a measurement.
        drop(io::stderr().flush());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if io::stderr().is_terminal() {
            eprintln!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [vec!["yield".to_owned(), "5.1".to_owned()], vec!["x".to_owned(), "1234.5".to_owned()]];
        assert_eq!(table(&["bench", "ns"], &rows), "bench      ns\nyield     5.1\nx      1234.5\n");
    }

    #[test]
    fn a_missing_number_is_a_dash() {
        assert_eq!(number(f64::NAN, 1), "-");
        assert_eq!(number(2.04, 1), "2.0");
    }
}
