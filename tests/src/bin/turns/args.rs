//! The command line.

use std::ops::Range;
use std::process::ExitCode;

use coro_tests::command;
use lexopt::{Arg, Parser, ValueExt};

const USAGE: &str = "usage: turns [--seeds N] [--from FIRST_SEED] [--seed ONE_SEED]";

/// What `--help` says below the usage.
const HELP: &str = "
Compares random sequences of resumes, transfers, kills and the like with a model.

  --seeds N           how many sequences to run [default: 1000]
  --from FIRST_SEED   the seed of the first one, the next ones count up [default: 0]
  --seed ONE_SEED     run one sequence and print what happens in it
  -h, --help          print this and exit

The last line is `N passed, N failed`. The exit code is 1 if a sequence failed, 2 if an argument is wrong.";

/// How many seeds run if nothing else is asked for.
const SEEDS: u64 = 1000;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) seeds: Range<u64>,
    /// Print what happens.
    pub(crate) trace: bool,
}

impl Args {
    pub(crate) fn from_environment() -> Result<Args, ExitCode> {
        command::read(Args::parse, USAGE, HELP)
    }

    /// The arguments, or `None` if help was asked for.
    fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
        let (mut first, mut count, mut one) = (0, SEEDS, None);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("seeds") => count = parser.value()?.parse_with(whole_number)?,
                Arg::Long("from") => first = parser.value()?.parse_with(whole_number)?,
                Arg::Long("seed") => one = Some(parser.value()?.parse_with(whole_number)?),
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        if let Some(seed) = one {
            (first, count) = (seed, 1);
        }
        let seeds = first..first.saturating_add(count);
        Ok(Some(Args { seeds, trace: one.is_some() }))
    }
}

fn whole_number(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "use a whole number from 0")
}

/// How to run one seed again.
pub(crate) fn replay(seed: u64) -> String {
    format!("cargo run --release -p coro-tests --bin turns -- --seed {seed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: Result<(Range<u64>, bool), &str>) {
        match (Args::parse(Parser::from_args(words)), expected) {
            (Ok(Some(args)), Ok(expected)) => assert_eq!((args.seeds, args.trace), expected),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (args, _) => panic!("{words:?} gave {args:?}"),
        }
    }

    #[test]
    fn arguments_are_read() {
        check(&[], Ok((0..SEEDS, false)));
        check(&["--seeds", "5", "--from", "7"], Ok((7..12, false)));
        check(&["--seed=3"], Ok((3..4, true)));
    }

    #[test]
    fn mistakes_are_told() {
        check(&["--quick"], Err("invalid option '--quick'"));
        check(&["--seed", "x"], Err("cannot parse argument \"x\": use a whole number from 0"));
    }

    #[test]
    fn help_needs_nothing_else() {
        assert!(matches!(Args::parse(Parser::from_args(["--help", "--quick"])), Ok(None)));
    }
}
