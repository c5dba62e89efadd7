//! Spread: each primitive between two loops and two plain OS threads, for many operations.
//!
//! ```text
//! cargo run --release -p coro-tests --bin spread -- [--operations N] [--only NAME]
//! ```
//!
//! A line for each case says how long it took; a case that loses, doubles or reorders something, or hangs, ends the
//! program with an error.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use coro_tests::spread;
use lexopt::prelude::*;

const USAGE: &str = "usage: spread [--operations N] [--only NAME]";
const DEFAULT_OPERATIONS: usize = 1_000_000;
/// How long one case may take before it is said to hang.
const LIMIT: Duration = Duration::from_secs(600);

struct Args {
    operations: usize,
    only: Option<String>,
}

fn main() -> ExitCode {
    let args = match parse() {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    for case in spread::cases() {
        if args.only.as_ref().is_some_and(|only| only != case.name) {
            continue;
        }
        let start = Instant::now();
        case.run(args.operations, LIMIT);
        let seconds = start.elapsed().as_secs_f64();
        println!("{:<20} {} operations, {seconds:.1} s", case.name, args.operations);
    }
    ExitCode::SUCCESS
}

fn parse() -> Result<Args, lexopt::Error> {
    let mut args = Args { operations: DEFAULT_OPERATIONS, only: None };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("operations") => args.operations = parser.value()?.parse()?,
            Long("only") => args.only = Some(known(parser.value()?.string()?)?),
            arg => return Err(arg.unexpected()),
        }
    }
    Ok(args)
}

fn known(name: String) -> Result<String, lexopt::Error> {
    let names: Vec<_> = spread::cases().iter().map(|case| case.name).collect();
    if names.contains(&name.as_str()) {
        return Ok(name);
    }
    Err(format!("no case '{name}': use one of {}", names.join(", ")).into())
}
