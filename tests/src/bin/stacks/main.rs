//! Stacks: millions of spawns with stacks of all sizes, and writes into guards.
//!
//! ```text
//! cargo run --release -p coro-tests --bin stacks -- [--spawns N] [--alive N] [--seed S]
//! cargo run --release -p coro-tests --bin stacks -- guards [--threads N] [--samples N] [--seed S]
//! ```
//!
//! The first is a storm of spawns, told in `coro_tests::stacks`: after each tenth of them, memory must be what it was after
//! the first, within 5 %. The second keeps many threads alive and writes into the guards of some, each time in a forked
//! copy of the process, which must end by SIGSEGV. The exit code is 1 if something was not as it should be. What hangs is
//! told, with the command that repeats it, and aborted.

mod args;

use std::process::ExitCode;
use std::time::Instant;

use args::Args;
use coro_tests::stacks;
use coro_tests::watchdog::Watchdog;

fn main() -> ExitCode {
    let args = match Args::from_environment() {
        Ok(args) => args,
        Err(code) => return code,
    };
    let started = Instant::now();
    let watchdog = Watchdog::start(move |_| args.repeat());
    let outcome = match args {
        Args::Storm(storm) => storm.run(&watchdog, |finding| println!("{finding}")),
        Args::Guards { threads, samples, seed } => {
            stacks::write_into_guards(threads, samples, seed, &watchdog).inspect(|()| {
                println!("{samples} writes into the guards of {threads} threads: each a fault");
            })
        }
    };
    watchdog.end();
    println!("{:.1} s", started.elapsed().as_secs_f64());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("failed: {message}");
            ExitCode::FAILURE
        }
    }
}
