//! The command line.

use std::ffi::OsString;
use std::fmt;
use std::ops::Range;
use std::process::ExitCode;

use coro_tests::command;
use lexopt::{Arg, Parser, ValueExt};

const USAGE: &str =
    "usage: storm kill|raise|timeout [--seeds N] [--from FIRST_SEED] [--seed ONE_SEED]";

/// What `--help` says below the usage.
const HELP: &str = "
Runs random programs and hits them with interrupts of one kind.

  --seeds N           how many programs to run [default: 1000]
  --from FIRST_SEED   the seed of the first one, the next ones count up [default: 0]
  --seed ONE_SEED     run one program and print what each of its threads does
  -h, --help          print this and exit

The last line is `N passed, N failed`. The exit code is 1 if a program failed, 2 if an argument is wrong.";

/// How many seeds run if nothing else is asked for.
const SEEDS: u64 = 1000;

/// What the programs are hit by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Kill,
    Raise,
    Timeout,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Kill => "kill",
            Kind::Raise => "raise",
            Kind::Timeout => "timeout",
        })
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Args {
    pub(crate) kind: Kind,
    /// Print what every thread does.
    pub(crate) trace: bool,
    first: u64,
    count: u64,
}

impl Args {
    pub(crate) fn from_environment() -> Result<Args, ExitCode> {
        command::read(Args::parse, USAGE, HELP)
    }

    /// The arguments, or `None` if help was asked for.
    fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
        let mut kind = None;
        let (mut first, mut count, mut one) = (0, SEEDS, None);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Value(value) if kind.is_none() => kind = Some(read_kind(value)?),
                Arg::Long("seeds") => count = parser.value()?.parse_with(whole_number)?,
                Arg::Long("from") => first = parser.value()?.parse_with(whole_number)?,
                Arg::Long("seed") => one = Some(parser.value()?.parse_with(whole_number)?),
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        let kind = kind.ok_or("name the interrupt: kill, raise or timeout")?;
        let trace = one.is_some();
        if let Some(seed) = one {
            (first, count) = (seed, 1);
        }
        Ok(Some(Args { kind, trace, first, count }))
    }

    pub(crate) fn seeds(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.count)
    }
}

fn read_kind(value: OsString) -> Result<Kind, lexopt::Error> {
    let text = value.string()?;
    match text.as_str() {
        "kill" => Ok(Kind::Kill),
        "raise" => Ok(Kind::Raise),
        "timeout" => Ok(Kind::Timeout),
        _ => Err(format!("{text:?} is no interrupt; name kill, raise or timeout").into()),
    }
}

fn whole_number(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "use a whole number from 0")
}

/// How to run one seed again.
pub(crate) fn replay(kind: Kind, seed: u64) -> String {
    format!("cargo run --release -p coro-tests --bin storm -- {kind} --seed {seed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: Result<(Kind, bool, Range<u64>), &str>) {
        let args = Args::parse(Parser::from_args(words));
        match (args, expected) {
            (Ok(Some(args)), Ok(expected)) => {
                assert_eq!((args.kind, args.trace, args.seeds()), expected);
            }
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (args, _) => panic!("{words:?} gave {args:?}"),
        }
    }

    #[test]
    fn arguments_are_read() {
        check(&["kill"], Ok((Kind::Kill, false, 0..SEEDS)));
        check(&["raise", "--seeds", "5", "--from", "7"], Ok((Kind::Raise, false, 7..12)));
        check(&["timeout", "--seed=3"], Ok((Kind::Timeout, true, 3..4)));
    }

    #[test]
    fn mistakes_are_told() {
        check(&[], Err("name the interrupt: kill, raise or timeout"));
        check(&["panic"], Err("\"panic\" is no interrupt; name kill, raise or timeout"));
        check(&["kill", "--quick"], Err("invalid option '--quick'"));
        check(
            &["kill", "--seed", "x"],
            Err("cannot parse argument \"x\": use a whole number from 0"),
        );
    }

    #[test]
    fn help_needs_nothing_else() {
        for words in [&["--help"][..], &["-h"], &["kill", "--help", "--quick"]] {
            assert!(matches!(Args::parse(Parser::from_args(words)), Ok(None)), "{words:?}");
        }
    }
}
