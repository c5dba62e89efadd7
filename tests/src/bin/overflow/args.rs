//! The command line.

use std::process::ExitCode;

use coro_tests::command;
use lexopt::{Arg, Parser, ValueExt};

const USAGE: &str = "usage: overflow [--only TEXT]";

/// What `--help` says below the usage.
const HELP: &str = "
Overflows stacks in every way there is, each in a process of its own, and checks what is said about it.

  --only TEXT   only the cases whose names contain this text
  --child CASE  do what this case does, here
  -h, --help    print this and exit

The last line is `N passed, N failed`. The exit code is 1 if a case failed, 2 if an argument is wrong.";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Args {
    /// Do what one case does.
    Child(String),
    /// Run children.
    Parent { only: Option<String> },
}

impl Args {
    pub(crate) fn from_environment() -> Result<Args, ExitCode> {
        command::read(Args::parse, USAGE, HELP)
    }

    /// The arguments, or `None` if help was asked for.
    fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
        let (mut child, mut only) = (None, None);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("only") => only = Some(parser.value()?.string()?),
                Arg::Long("child") => child = Some(parser.value()?.string()?),
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(child.map_or(Args::Parent { only }, Args::Child)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: Result<Args, &str>) {
        match (Args::parse(Parser::from_args(words)), expected) {
            (Ok(Some(args)), Ok(expected)) => assert_eq!(args, expected),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (args, _) => panic!("{words:?} gave {args:?}"),
        }
    }

    #[test]
    fn arguments_are_read() {
        check(&[], Ok(Args::Parent { only: None }));
        check(&["--only", "main"], Ok(Args::Parent { only: Some("main".to_owned()) }));
        check(&["--child=one"], Ok(Args::Child("one".to_owned())));
        check(&["--quick"], Err("invalid option '--quick'"));
    }
}
