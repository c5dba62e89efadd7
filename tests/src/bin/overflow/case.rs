//! A case: what a child process does, and how it must end.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use coro_tests::children;
use rustix::process::{Resource, Rlimit, setrlimit};

/// What stands before the text of std that ends a process whose stack has overflowed, after the line that names it.
const LAST_WORDS: &str = "\nfatal runtime error: stack overflow, aborting\n";

/// The mark at the beginning of the line in which a child announces what will be said of it.
const ANNOUNCEMENT: &str = "expect: ";

/// One thing that a process can do, and what must come of it.
pub(crate) struct Case {
    pub(crate) name: String,
    body: Box<dyn FnOnce() + Send>,
    expected: Expected,
}

/// How a child must end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// By abortion, its last words being the line that it has announced. A `#` in it stands for a number.
    Named,
    /// By this signal, having said exactly this on standard error.
    Signal(i32, &'static str),
    /// By abortion through std: the line about the overflow names these, and tells no size.
    OfStd(&'static str),
    /// With this code, having said each of these on standard error.
    Code(i32, &'static [&'static str]),
}

impl Case {
    pub(crate) fn new(
        name: impl Into<String>,
        expected: Expected,
        body: impl FnOnce() + Send + 'static,
    ) -> Case {
        Case { name: name.into(), body: Box::new(body), expected }
    }

    /// Does what the case does, in this process.
    pub(crate) fn run(self) {
        (self.body)();
    }

    /// Runs a child; what it said that counts, or what was wrong.
    pub(crate) fn check(&self) -> Result<String, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(["--child", &self.name]).env_remove("RUST_BACKTRACE");
        let output = children::output(&mut command).map_err(|hung| hung.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        self.expected
            .judge(&output, &said)
            .map_err(|expected| format!("{} after {said:?}, expected {expected}", output.status))
    }
}

impl Expected {
    /// What the child said that counts; what was expected of it, if that did not come.
    fn judge(self, output: &Output, said: &str) -> Result<String, String> {
        let (signal, code) = (output.status.signal(), output.status.code());
        let (is_right, expected, counts) = match self {
            Expected::Named => {
                let line = announced(&output.stdout)?;
                let last = said.strip_suffix(LAST_WORDS).and_then(|text| text.rsplit('\n').next());
                let is_right = signal == Some(6) && last.is_some_and(|last| matches(last, &line));
                (is_right, line, last.unwrap_or_default())
            }
            Expected::Signal(number, text) => {
                let is_right = signal == Some(number) && said == text;
                (is_right, format!("signal {number} after {text:?}"), "killed in silence")
            }
            Expected::OfStd(who) => {
                let first = said.trim_start().lines().next().unwrap_or_default();
                let is_right = signal == Some(6)
                    && first.contains(who)
                    && first.ends_with("has overflowed its stack")
                    && said.ends_with(LAST_WORDS);
                (is_right, format!("std's message about {who}"), first)
            }
            Expected::Code(number, parts) => {
                let is_right = code == Some(number) && parts.iter().all(|part| said.contains(part));
                (is_right, format!("code {number} after {parts:?}"), said.trim_end())
            }
        };
        if is_right { Ok(counts.replace('\n', " / ")) } else { Err(expected) }
    }
}

fn announced(stdout: &[u8]) -> Result<String, String> {
    let stdout = String::from_utf8_lossy(stdout);
    let line = stdout.lines().find_map(|line| line.strip_prefix(ANNOUNCEMENT));
    line.map(str::to_owned).ok_or_else(|| "an announcement".to_owned())
}

/// Whether a line is as announced.
fn matches(line: &str, announced: &str) -> bool {
    let Some((before, behind)) = announced.split_once('#') else { return line == announced };
    let digits = line.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    digits.is_some_and(|digits| digits.parse::<u64>().is_ok())
}

/// Tells the parent what will be said.
pub(crate) fn announce(line: &str) {
    println!("{ANNOUNCEMENT}{line}");
}

pub(crate) fn find(cases: Vec<Case>, name: &str) -> Case {
    let found = cases.into_iter().find(|case| case.name == name);
    found.unwrap_or_else(|| panic!("there is no case {name:?}; run without --child to see them"))
}

/// Keeps the system from writing an image of every process that is about to end badly.
pub(crate) fn leave_no_core() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).expect("a limit can be lowered");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_an_announcement_stands_for_any() {
        assert!(matches("coroutine 12 of x", "coroutine # of x"));
        assert!(!matches("coroutine x of x", "coroutine # of x"));
        assert!(matches("thread 'a'", "thread 'a'"));
        assert!(!matches("thread 'a'", "thread 'b'"));
    }
}
