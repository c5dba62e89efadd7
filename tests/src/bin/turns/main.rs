//! Turns: random sequences of what can be done with coroutines, compared with a model.
//!
//! ```text
//! cargo run --release -p coro-tests --bin turns -- [--seeds N] [--from S] [--seed S]
//! ```
//!
//! Each seed makes one script of resumes, transfers, ways to main, suspends, kills, raises, drops, forgets, panics,
//! returns, catches, shields and destructors that do any of these. Whoever has control, a coroutine or a thread's own
//! stack, takes the next operation, does it, and writes down what it sees: outside any loop, on the main thread, or on
//! several threads that share all coroutines and yield and sleep inside of them. The [`model`] has no stacks and says
//! what ought to be seen; both lists must be the same. `--seed` runs one seed again and prints what happens in it.

mod args;
mod event;
mod model;
mod play;
#[path = "../storm/random.rs"]
mod random;
mod round;
mod script;
mod value;
mod world;

use std::process::ExitCode;
use std::time::Instant;

use args::Args;
use coro_tests::watchdog::Watchdog;
use script::Script;

/// After how many seeds there is a line.
const LINE_EVERY: u64 = 10_000;

fn main() -> ExitCode {
    let args = match Args::from_environment() {
        Ok(args) => args,
        Err(code) => return code,
    };
    // Scripts panic on purpose; whether they should is seen by the comparison.
    std::panic::set_hook(Box::new(|_| {}));
    let watchdog = Watchdog::start(args::replay);
    let started = Instant::now();
    let (mut passed, mut failed, mut ops) = (0_u64, 0_u64, 0);
    for seed in args.seeds.clone() {
        watchdog.begin("seed", seed);
        let script = Script::new(seed);
        ops += script.ops.len();
        match round::run(&script) {
            Ok(log) => {
                passed += 1;
                tell(&args, &log);
            }
            Err(failure) => {
                failed += 1;
                eprintln!(
                    "seed {seed} failed: {failure}\n  replay it with: {}",
                    args::replay(seed)
                );
                if args.trace {
                    tell_smallest(script);
                }
            }
        }
        if (passed + failed) % LINE_EVERY == 0 {
            eprintln!("{} seeds, {failed} failed", passed + failed);
        }
    }
    watchdog.end();
    println!("{ops} operations, {:.1} s", started.elapsed().as_secs_f64());
    println!("{passed} passed, {failed} failed");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn tell(args: &Args, log: &str) {
    if args.trace {
        print!("{log}");
    }
}

/// Shows the shortest part of a script that still fails.
fn tell_smallest(script: Script) {
    let smallest = round::shrink(script);
    eprintln!("\nit fails with this much of it too:");
    match round::run(&smallest) {
        Ok(log) => eprintln!("{log}(this time it passed)"),
        Err(failure) => eprintln!("{failure}"),
    }
}
