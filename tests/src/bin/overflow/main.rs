//! Overflows: each way to run out of stack, and what must not be taken for one.
//!
//! ```text
//! cargo run --release -p coro-tests --bin overflow -- [--only TEXT]
//! ```
//!
//! Each case runs in a process of its own, this program again. The [`matrix`] has every combination of an OS thread, a deed
//! and a stack size; the process must abort, and its last words must be exactly who has overflowed what, and where it was
//! made. The [`others`] are faults that are no overflows, overflows that are not ours, and handlers that somebody else has
//! installed: they must end as they would without coro. The [`branches`] are what the handler tells apart besides.

mod args;
mod branches;
mod case;
mod matrix;
mod others;

use std::process::ExitCode;

use args::Args;
use case::Case;
use coro_tests::children;
use coro_tests::raw::Watched;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

fn main() -> ExitCode {
    let args = match Args::from_environment() {
        Ok(args) => args,
        Err(code) => return code,
    };
    match args {
        Args::Child(name) => {
            children::end_with_parent();
            case::leave_no_core();
            case::find(cases(), &name).run();
            ExitCode::SUCCESS
        }
        Args::Parent { only } => run_all(only.as_deref().unwrap_or("")),
    }
}

fn cases() -> Vec<Case> {
    matrix::cases().into_iter().chain(others::cases()).chain(branches::cases()).collect()
}

/// Runs the cases whose names contain `only`, and prints a line about each.
fn run_all(only: &str) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for case in cases().iter().filter(|case| case.name.contains(only)) {
        match case.check() {
            Ok(said) => {
                passed += 1;
                println!("{:50}{said}", case.name);
            }
            Err(failure) => {
                failed += 1;
                println!("{:50}FAILED: {failure}", case.name);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 || passed == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
