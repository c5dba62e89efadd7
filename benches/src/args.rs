//! The command line.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

use crate::Result;

/// The most threads, connections, functions, rounds: far more than any machine holds, and few enough to count with.
const MOST: usize = 100_000_000;
/// The most operations of one row.
const MOST_ITERATIONS: usize = 4_000_000_000;
/// The most seconds of one round: a day.
const MOST_SECONDS: f64 = 86_400.0;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
measures coro against tokio, may and a bare epoll loop

usage:
  coro-bench micro [options]                     single operations: switches, transfers, yields, spawns and joins,
                                                 channels, locks, conditions, choices
  coro-bench echo [options] [load options]       echo servers under one client
  coro-bench compile [options] [--functions N]   what compiling annotated functions takes (default 500 of them)
  coro-bench million [options] [--threads LIST] [--plot FILE]
                                                 memory of threads that wait, and how many there can be:
                                                 the default takes about 5 GB, and up to minutes with all peers;
                                                 --filter coro measures coro alone
  coro-bench row BENCH SYSTEM N [--iterations N] one micro row alone, for a profiler
  coro-bench serve SYSTEM [--core CORE]          one echo server alone
  coro-bench hold SYSTEM N                       N threads that wait alone: enter begins, wakes and ends

options:
  --json FILE         also write the rows as JSON
  --rounds N          rounds, each measuring everything once
  --filter TEXT       only rows whose BENCH/SYSTEM/N (echo: echo/SYSTEM/CONNECTIONS,
                      compile: BUILD/SYSTEM/FUNCTIONS, million: million/SYSTEM/THREADS) contains TEXT:
                      micro --filter yield/coro/10 measures yield/coro/10 and yield/coro/1000,
                      --filter lock the benches lock and lock_contended
  --quick             few short rounds: shows that it works, not how fast it is
  -h, --help          print this and exit; so does no command at all

load options:
  --connections LIST  connections at a time, comma-separated (default 1,100,1000)
  --message-size N    bytes a message (default 64)
  --seconds N         seconds a round (default 1)

options of million:
  --threads LIST      threads at a time, comma-separated (default 1000000)
  --plot FILE         also draw the rows, as SVG: bytes a thread over threads
";

/// A parsed command line.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    Micro(Plan),
    Echo(Plan, Load),
    Compile(Plan, usize),
    Million(Plan, Held),
    Row { bench: String, system: String, threads: usize, iterations: Option<usize> },
    Serve { system: String, core: Option<usize> },
    Hold { system: String, threads: usize },
}

/// Which rows to measure, how often, and where to leave them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) quick: bool,
    pub(crate) json: Option<PathBuf>,
    rounds: Option<usize>,
    filter: Option<String>,
}

impl Plan {
    /// Returns the number of rounds asked for, else the default of the bench.
    pub(crate) fn rounds(&self, default: usize, quick: usize) -> usize {
        self.rounds.unwrap_or(if self.quick { quick } else { default })
    }

    /// Returns the error for a plan that wants no row at all.
    pub(crate) fn nothing_wanted(&self) -> String {
        let filter = self.filter.as_deref().unwrap_or_default();
        format!("no row matches the filter '{filter}': use a part of BENCH/SYSTEM/N")
    }

    /// Tells whether the row of this name is to be measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()))
    }
}

/// What the echo client sends.
#[derive(Debug, PartialEq)]
pub(crate) struct Load {
    pub(crate) connections: Vec<usize>,
    pub(crate) message_size: usize,
    /// How long a round lasts; the bench has its default.
    pub(crate) duration: Option<Duration>,
}

impl Default for Load {
    fn default() -> Self {
        Self { connections: vec![1, 100, 1000], message_size: 64, duration: None }
    }
}

/// How many threads to hold.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Held {
    /// Each number in processes of its own; the bench has its default.
    pub(crate) threads: Vec<usize>,
    /// Where to draw the rows.
    pub(crate) plot: Option<PathBuf>,
}

/// Parses the arguments that follow the name of the program; whoever asks for help anywhere gets help.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command> {
    let args: Vec<OsString> = args.into_iter().collect();
    if args.iter().any(|arg| arg == "-h" || arg == "--help") {
        return Ok(Command::Help);
    }
    let mut parser = lexopt::Parser::from_args(args);
    match parser.next()? {
        None => Ok(Command::Help),
        Some(Value(command)) => match command.string()?.as_str() {
            "micro" => Ok(Command::Micro(parse_plan(&mut parser, Own::Nothing)?)),
            "echo" => parse_echo(&mut parser),
            "compile" => parse_compile(&mut parser),
            "million" => parse_million(&mut parser),
            "hold" => parse_hold(&mut parser),
            "row" => parse_row(&mut parser),
            "serve" => parse_serve(&mut parser),
            other => {
                let known = "micro, echo, compile, million, row, serve or hold";
                Err(format!("unknown command '{other}': use {known}").into())
            }
        },
        Some(other) => Err(other.unexpected().into()),
    }
}

fn parse_echo(parser: &mut lexopt::Parser) -> Result<Command> {
    let mut load = Load::default();
    let plan = parse_plan(parser, Own::Load(&mut load))?;
    Ok(Command::Echo(plan, load))
}

fn parse_compile(parser: &mut lexopt::Parser) -> Result<Command> {
    let mut functions = 500;
    let plan = parse_plan(parser, Own::Functions(&mut functions))?;
    Ok(Command::Compile(plan, functions))
}

fn parse_million(parser: &mut lexopt::Parser) -> Result<Command> {
    let mut held = Held::default();
    let plan = parse_plan(parser, Own::Held(&mut held))?;
    Ok(Command::Million(plan, held))
}

/// The options that one command has on its own.
enum Own<'a> {
    Nothing,
    Load(&'a mut Load),
    Functions(&'a mut usize),
    Held(&'a mut Held),
}

/// Parses the common options and the command's own.
fn parse_plan(parser: &mut lexopt::Parser, mut own: Own<'_>) -> Result<Plan> {
    let mut plan = Plan::default();
    while let Some(arg) = parser.next()? {
        match (arg, &mut own) {
            (Long("json"), _) => plan.json = Some(parser.value()?.into()),
            (Long("rounds"), _) => plan.rounds = Some(at_least_one("--rounds", parser)?),
            (Long("filter"), _) => plan.filter = Some(parser.value()?.string()?),
            (Long("quick"), _) => plan.quick = true,
            (Long("connections"), Own::Load(load)) => {
                load.connections = counts("--connections", parser)?;
            }
            (Long("message-size"), Own::Load(load)) => {
                load.message_size = at_least_one("--message-size", parser)?;
            }
            (Long("seconds"), Own::Load(load)) => {
                load.duration = Some(seconds("--seconds", parser)?);
            }
            (Long("functions"), Own::Functions(functions)) => {
                **functions = at_least_one("--functions", parser)?;
            }
            (Long("threads"), Own::Held(held)) => held.threads = counts("--threads", parser)?,
            (Long("plot"), Own::Held(held)) => held.plot = Some(parser.value()?.into()),
            (other, _) => return Err(other.unexpected().into()),
        }
    }
    Ok(plan)
}

fn counts(option: &str, parser: &mut lexopt::Parser) -> Result<Vec<usize>> {
    let list = parser.value()?.string()?;
    list.split(',').map(|count| whole(option, count.trim(), 1..=MOST)).collect()
}

fn at_least_one(option: &str, parser: &mut lexopt::Parser) -> Result<usize> {
    whole(option, &parser.value()?.string()?, 1..=MOST)
}

/// Parses the whole number that `option` was given.
fn whole(option: &str, text: &str, allowed: RangeInclusive<usize>) -> Result<usize> {
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    let (least, most) = allowed.into_inner();
    Ok(number.ok_or_else(|| {
        format!("{option} is '{text}': use a whole number from {least} to {most}")
    })?)
}

fn seconds(option: &str, parser: &mut lexopt::Parser) -> Result<Duration> {
    let text = parser.value()?.string()?;
    let number = text.parse().ok().filter(|number| (0.0..=MOST_SECONDS).contains(number));
    let number = number.ok_or_else(|| {
        format!("{option} is '{text}': use a number of seconds from 0 to {MOST_SECONDS}")
    })?;
    Ok(Duration::from_secs_f64(number))
}

fn parse_row(parser: &mut lexopt::Parser) -> Result<Command> {
    let (bench, system) = (parser.value()?.string()?, parser.value()?.string()?);
    let threads = at_least_one("the number of threads", parser)?;
    let mut iterations = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("iterations") => {
                let text = parser.value()?.string()?;
                iterations = Some(whole("--iterations", &text, 1..=MOST_ITERATIONS)?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Row { bench, system, threads, iterations })
}

fn parse_serve(parser: &mut lexopt::Parser) -> Result<Command> {
    let system = parser.value()?.string()?;
    let mut core = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("core") => core = Some(whole("--core", &parser.value()?.string()?, 0..=MOST)?),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Serve { system, core })
}

fn parse_hold(parser: &mut lexopt::Parser) -> Result<Command> {
    let system = parser.value()?.string()?;
    let threads = at_least_one("the number of threads", parser)?;
    match parser.next()? {
        Some(other) => Err(other.unexpected().into()),
        None => Ok(Command::Hold { system, threads }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn each_command_takes_its_options() {
        let plan = Plan { rounds: Some(9), quick: true, ..Plan::default() };
        assert_eq!(parsed("micro --rounds 9 --quick").unwrap(), Command::Micro(plan));
        let load = Load {
            connections: vec![1, 20],
            message_size: 100,
            duration: Some(Duration::from_millis(500)),
        };
        assert_eq!(
            parsed("echo --connections 1,20 --message-size 100 --seconds 0.5").unwrap(),
            Command::Echo(Plan::default(), load)
        );
        let compile = Command::Compile(Plan { quick: true, ..Plan::default() }, 20);
        assert_eq!(parsed("compile --functions 20 --quick").unwrap(), compile);
        let row = Command::Row {
            bench: "yield".to_owned(),
            system: "coro".to_owned(),
            threads: 10,
            iterations: Some(1000),
        };
        assert_eq!(parsed("row yield coro 10 --iterations 1000").unwrap(), row);
        let held = Held { threads: vec![1000, 20], plot: Some("x.svg".into()) };
        let million = Command::Million(Plan::default(), held);
        assert_eq!(parsed("million --threads 1000,20 --plot x.svg").unwrap(), million);
        let hold = Command::Hold { system: "coro".to_owned(), threads: 7 };
        assert_eq!(parsed("hold coro 7").unwrap(), hold);
        let serve = Command::Serve { system: "epoll".to_owned(), core: Some(1) };
        assert_eq!(parsed("serve epoll --core 1").unwrap(), serve);
    }

    #[test]
    fn help_may_be_asked_for_anywhere() {
        for line in
            ["", "-h", "--help", "micro --help", "micro --quick -h", "row -h", "hold coro -h"]
        {
            assert_eq!(parsed(line).unwrap(), Command::Help, "{line}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (line, message) in [
            (
                "melt",
                "unknown command 'melt': use micro, echo, compile, million, row, serve or hold",
            ),
            ("micro --rounds 0", "--rounds is '0': use a whole number from 1 to 100000000"),
            ("micro --seconds 3", "invalid option '--seconds'"),
            (
                "row yield coro 0",
                "the number of threads is '0': use a whole number from 1 to 100000000",
            ),
            (
                "row yield coro 1 --iterations 1e9",
                "--iterations is '1e9': use a whole number from 1 to 4000000000",
            ),
            ("million --threads 10,0", "--threads is '0': use a whole number from 1 to 100000000"),
            ("million --threads -5", "--threads is '-5': use a whole number from 1 to 100000000"),
            (
                "million --threads 99999999999999",
                "--threads is '99999999999999': use a whole number from 1 to 100000000",
            ),
            (
                "hold coro 99999999999999999999",
                "the number of threads is '99999999999999999999': use a whole number from 1 to 100000000",
            ),
            (
                "echo --message-size big",
                "--message-size is 'big': use a whole number from 1 to 100000000",
            ),
            ("echo --seconds -1", "--seconds is '-1': use a number of seconds from 0 to 86400"),
            ("echo --seconds NaN", "--seconds is 'NaN': use a number of seconds from 0 to 86400"),
            ("serve coro --core x", "--core is 'x': use a whole number from 0 to 100000000"),
        ] {
            assert_eq!(parsed(line).unwrap_err().to_string(), message, "{line}");
        }
    }

    #[test]
    fn a_filter_matches_anywhere_in_the_name() {
        let Command::Micro(plan) = parsed("micro --filter tokio").unwrap() else {
            panic!("not micro")
        };
        assert!(plan.wants("yield/tokio/10"));
        assert!(!plan.wants("yield/coro/10"));
    }
}
