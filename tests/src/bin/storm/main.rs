//! The storm: random programs of coro threads, hit by interrupts at random points.
//!
//! ```text
//! cargo run --release -p coro-tests --bin storm -- kill|raise|timeout [--seeds N] [--from S] [--seed S]
//! ```
//!
//! Each seed makes one program: threads that sleep, lock, wait, park, spawn, join, open scopes, read and write, and
//! nest all that in timeouts, shields and catches. It runs on a paused clock in an order drawn from the same seed.
//! Afterwards everything that was made must have been dropped once, every value that was handed over must have
//! arrived, and no thread, timer, waiter or file may be left. `--seed` runs one seed again and prints what it does.

mod args;
mod panics;
mod play;
mod progress;
mod random;
mod round;
mod script;
mod slow;
mod world;

use std::process::ExitCode;

use args::Args;
use coro_tests::watchdog::Watchdog;
use progress::Progress;

fn main() -> ExitCode {
    let args = match Args::from_environment() {
        Ok(args) => args,
        Err(code) => return code,
    };
    panics::count();
    let kind = args.kind;
    let watchdog = Watchdog::start(move |seed| args::replay(kind, seed));
    let mut progress = Progress::new(&args);
    for seed in args.seeds() {
        watchdog.begin("seed", seed);
        let outcome = round::run(kind, seed, args.trace);
        progress.note(seed, outcome);
    }
    watchdog.end();
    println!("{}", progress.summary());
    println!("{}", progress.verdict());
    if progress.failed() > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
