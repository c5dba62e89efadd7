//! The command line.

use std::process::ExitCode;

use coro_tests::command;
use coro_tests::stacks::Storm;
use lexopt::{Arg, Parser, ValueExt};

const USAGE: &str = "usage: stacks [--spawns N] [--alive N] [--seed S]\n       stacks guards [--threads N] [--samples N] [--seed S]";

/// What `--help` says below the usage.
const HELP: &str = "
Spawns threads and coroutines with stacks of all sizes, and looks whether their memory comes back; or writes into guards.

  --spawns N    how many to spawn in all [default: 1000000]
  --alive N     how many live at a time at most [default: 3000]
  --threads N   how many threads live while guards are written to [default: 10000]
  --samples N   how many guards are written to [default: 1000]
  --seed S      another storm, other guards [default: 0]
  -h, --help    print this and exit

The exit code is 1 if memory has grown or a write was no fault, 2 if an argument is wrong.";

/// In how many parts the spawns are done; memory is looked at after each.
const PARTS: u64 = 10;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Args {
    Storm(Storm),
    Guards { threads: usize, samples: usize, seed: u64 },
}

impl Args {
    pub(crate) fn from_environment() -> Result<Args, ExitCode> {
        command::read(Args::parse, USAGE, HELP)
    }

    /// The arguments, or `None` if help was asked for.
    fn parse(mut parser: Parser) -> Result<Option<Args>, lexopt::Error> {
        let (mut spawns, mut alive, mut seed) = (1_000_000, 3000, 0);
        let (mut threads, mut samples) = (10_000, 1000);
        let mut writes = false;
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Value(word) if word == "guards" => writes = true,
                Arg::Long("seed") => seed = whole(&mut parser)?,
                Arg::Long("threads") if writes => threads = whole(&mut parser)?.max(1) as usize,
                Arg::Long("samples") if writes => samples = whole(&mut parser)? as usize,
                Arg::Long("spawns") if !writes => spawns = whole(&mut parser)?,
                Arg::Long("alive") if !writes => alive = whole(&mut parser)? as usize,
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        if writes {
            return Ok(Some(Args::Guards { threads, samples, seed }));
        }
        let round = spawns.div_ceil(PARTS);
        Ok(Some(Args::Storm(Storm { seed, round, rounds: PARTS - 1, most: alive })))
    }

    /// The command that does the same once more.
    pub(crate) fn repeat(self) -> String {
        let args = match self {
            Args::Storm(Storm { seed, round, rounds, most }) => {
                let spawns = round * (rounds + 1);
                format!("--spawns {spawns} --alive {most} --seed {seed}")
            }
            Args::Guards { threads, samples, seed } => {
                format!("guards --threads {threads} --samples {samples} --seed {seed}")
            }
        };
        format!("cargo run --release -p coro-tests --bin stacks -- {args}")
    }
}

fn whole(parser: &mut Parser) -> Result<u64, lexopt::Error> {
    parser.value()?.parse_with(|text| text.parse().map_err(|_| "use a whole number from 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: &str) {
        let said = match Args::parse(Parser::from_args(words)) {
            Ok(Some(Args::Storm(storm))) => {
                format!("{} x {}, {}, {}", storm.rounds + 1, storm.round, storm.most, storm.seed)
            }
            Ok(Some(Args::Guards { threads, samples, seed })) => {
                format!("{samples} of {threads}, {seed}")
            }
            Ok(None) => "help".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn arguments_are_read() {
        check(&[], "10 x 100000, 3000, 0");
        check(&["--spawns", "5000000", "--alive=7", "--seed", "3"], "10 x 500000, 7, 3");
        check(&["guards", "--threads", "5", "--samples", "4"], "4 of 5, 0");
        check(&["--help", "--quick"], "help");
    }

    #[test]
    fn the_same_is_done_once_more() {
        for words in [
            &["--spawns", "5000", "--alive", "7", "--seed", "3"][..],
            &["guards", "--threads", "5", "--samples", "4", "--seed", "3"],
        ] {
            let args =
                Args::parse(Parser::from_args(words)).ok().flatten().expect("they are right");
            let repeat = args.repeat();
            let (_, args) = repeat.split_once(" -- ").expect("a command with arguments");
            assert_eq!(args, words.join(" "));
        }
    }

    #[test]
    fn mistakes_are_told() {
        check(&["--quick"], "invalid option '--quick'");
        check(&["guards", "--spawns", "1"], "invalid option '--spawns'");
        check(&["--seed", "x"], "cannot parse argument \"x\": use a whole number from 0");
    }
}
