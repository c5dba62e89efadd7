//! Measuring a process that holds threads.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::memory::{self, Memory};
use super::progress::Bar;
use crate::Result;

/// A process that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the mappings are counted while threads are being made: with many, it takes a while.
const COUNT_EVERY: Duration = Duration::from_millis(250);

/// What was measured of one process.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    /// How many threads it held at a time.
    pub(super) held: usize,
    /// What they took together.
    pub(super) memory: Memory,
    pub(super) mappings: usize,
    /// In seconds; not a number if it did not come to that.
    pub(super) build: f64,
    pub(super) wake: f64,
    /// Why there were no more, or why they were not woken.
    pub(super) limit: Option<String>,
}

/// Returns the command that holds threads in this program.
pub(super) fn this_program(system: &str, threads: usize) -> Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["hold", system, &threads.to_string()]);
    // A panic for want of memory has none for a backtrace.
    command.env("RUST_BACKTRACE", "0");
    Ok(command)
}

/// Runs the process and measures it.
pub(super) fn measure(command: Command, asked: usize, bar: &mut Bar) -> Result<Sample> {
    let mut process = Process::start(command)?;
    let outcome = process.watch(asked, bar);
    let died = process.end()?;
    let mut sample = outcome?;
    if sample.wake.is_nan() {
        let reasons = sample.limit.into_iter().chain([died]);
        sample.limit = Some(reasons.collect::<Vec<_>>().join("; "));
    }
    Ok(sample)
}

/// A measured process; killed when this is dropped.
struct Process {
    child: Child,
    lines: Receiver<String>,
    words: Receiver<String>,
}

impl Process {
    fn start(mut command: Command) -> Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let lines = read_lines(child.stdout.take().expect("it is piped"));
        let words = read_lines(child.stderr.take().expect("it is piped"));
        Ok(Self { child, lines, words })
    }

    /// Follows the process to the end of what it tells.
    fn watch(&mut self, asked: usize, bar: &mut Bar) -> Result<Sample> {
        let mut sample = Sample {
            held: 0,
            memory: Memory::default(),
            mappings: 0,
            build: f64::NAN,
            wake: f64::NAN,
            limit: None,
        };
        let mut before = Memory::default();
        let mut counted_at = Instant::now();
        loop {
            let line = match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return Ok(sample),
                Err(RecvTimeoutError::Timeout) => {
                    self.child.kill()?;
                    sample.limit = Some(format!("no progress for {PATIENCE:?}"));
                    return Ok(sample);
                }
            };
            let mut fields = line.splitn(4, ' ');
            match (fields.next().unwrap_or_default(), fields.next().and_then(|n| n.parse().ok())) {
                ("ready", _) => {
                    before = Memory::of(self.child.id())?;
                    self.go_on()?;
                }
                // It goes on meanwhile, and may have ended by now.
                ("held", Some(held)) => {
                    let Ok(memory) = Memory::of(self.child.id()) else { continue };
                    sample.held = held;
                    sample.memory = memory.since(before);
                    if counted_at.elapsed() >= COUNT_EVERY {
                        sample.mappings = memory::mappings(self.child.id())?;
                        counted_at = Instant::now();
                    }
                    bar.held(held);
                }
                ("built", Some(held)) => {
                    sample.held = held;
                    sample.memory = Memory::of(self.child.id())?.since(before);
                    sample.mappings = memory::mappings(self.child.id())?;
                    sample.build = seconds(fields.next())?;
                    sample.limit = fields.next().map(str::to_owned);
                    bar.built(held);
                    self.go_on()?;
                }
                ("woken", Some(sum)) => {
                    check_sum(sample.held, sum)?;
                    sample.wake = seconds(fields.next())?;
                    bar.woken(asked);
                    self.go_on()?;
                }
                _ => return Err(format!("the process said '{line}'").into()),
            }
        }
    }

    /// Lets the process go on. If it has ended, that shows where its next line would.
    fn go_on(&mut self) -> Result<()> {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        drop(stdin.write_all(b"\n").and_then(|()| stdin.flush()));
        Ok(())
    }

    /// Ends the process, if it has not ended, and says how it ended and what it complained of.
    fn end(mut self) -> Result<String> {
        drop(self.child.stdin.take());
        let status = match self.lines.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => self.child.wait()?,
            _ => {
                self.child.kill()?;
                self.child.wait()?
            }
        };
        let words: Vec<String> = self.words.iter().filter(|line| !line.trim().is_empty()).collect();
        Ok(describe_end(status, &words))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already but for an error on the way.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn describe_end(status: ExitStatus, words: &[String]) -> String {
    // The first line of a panic says where, the second what.
    let complaint = match words {
        [first, second, ..] if first.contains("panicked at") => second.as_str(),
        [first, ..] => first.as_str(),
        [] => "without a word",
    };
    format!("{status}: {complaint}")
}

/// Reads lines on an OS thread of their own, so that waiting for one can have an end.
fn read_lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(stream).lines().map_while(std::result::Result::ok);
        // Nobody receives any more when the process was given up.
        lines.map(|line| sender.send(line)).take_while(std::result::Result::is_ok).for_each(drop);
    });
    receiver
}

fn seconds(field: Option<&str>) -> Result<f64> {
    Ok(field.ok_or("a line of the process has no time")?.parse()?)
}

/// Checks that every thread has returned its own index.
fn check_sum(held: usize, sum: usize) -> Result<()> {
    let expected = held * held.saturating_sub(1) / 2;
    if sum != expected {
        return Err(format!("the results of {held} threads add up to {sum}, not {expected}").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn a_process_is_followed_to_its_end() {
        let text =
            "echo ready; read x; echo held 2; echo built 3 0.5; read x; echo woken 3 0.25; read x";
        let sample = measure(script(text), 3, &mut Bar::new(1)).unwrap();
        assert_eq!((sample.held, sample.build, sample.wake, sample.limit), (3, 0.5, 0.25, None));
        assert!(sample.mappings > 1);
    }

    #[test]
    fn one_that_dies_tells_how_far_it_got_and_why() {
        let text = "echo ready; read x; echo built 7 1; read x; echo enough >&2; exit 3";
        let mut command = script(text);
        command.env("LC_ALL", "C");
        let sample = measure(command, 9, &mut Bar::new(1)).unwrap();
        assert_eq!(sample.held, 7);
        assert!(sample.wake.is_nan());
        assert_eq!(sample.limit.as_deref(), Some("exit status: 3: enough"));
    }

    #[test]
    fn one_that_stops_early_says_why_and_is_woken() {
        let text =
            "echo ready; read x; echo built 2 1 no more stacks; read x; echo woken 1 1; read x";
        let sample = measure(script(text), 9, &mut Bar::new(1)).unwrap();
        assert_eq!((sample.held, sample.wake), (2, 1.0));
        assert_eq!(sample.limit.as_deref(), Some("no more stacks"));
    }

    #[test]
    fn a_lost_result_is_an_error() {
        let text = "echo ready; read x; echo built 3 1; read x; echo woken 2 1; read x";
        let error = measure(script(text), 3, &mut Bar::new(1)).unwrap_err();
        assert_eq!(error.to_string(), "the results of 3 threads add up to 2, not 3");
    }

    #[test]
    fn the_text_of_a_panic_is_the_complaint() {
        let words = ["thread 'main' panicked at x.rs:1:1:".to_owned(), "no luck".to_owned()];
        let status = script("exit 1").status().unwrap();
        assert_eq!(describe_end(status, &words), "exit status: 1: no luck");
    }
}
