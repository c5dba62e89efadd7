//! All that generated code and this project's own tests may call. Nothing here is stable.

use std::fmt::Write as _;
use std::time::Duration;

use crate::coroutine::Yielder;
use crate::runtime::Builder;
use crate::sched::interrupt::Trap;
use crate::sched::{Census, current};
use crate::thread::{ResumeRoutine, Routine};

#[cfg(feature = "macros")]
pub use crate::channel::steps;
pub use crate::sched::unwind::Planned;
pub use crate::sys::Faults;
#[cfg(feature = "macros")]
pub use coro_macros::{select, select_biased};

/// What `#[coro::thread]` was told.
#[derive(Clone, Copy, Debug)]
pub struct ThreadConfig {
    /// The thread's name: the function's, unless another was given.
    pub name: &'static str,
    /// The stack size in bytes, if one was given.
    pub stack_size: Option<usize>,
}

/// Binds an annotated function's body and arguments.
pub fn routine<'a, R>(config: ThreadConfig, body: impl FnOnce() -> R + 'a) -> Routine<'a, R> {
    Routine::new(config.name, config.stack_size, body)
}

/// Binds the body and arguments of an annotated function that is resumed.
pub fn resume_routine<'a, In, Out, R>(
    config: ThreadConfig,
    body: impl FnOnce(&Yielder<In, Out>, In) -> R + 'a,
) -> ResumeRoutine<'a, In, Out, R> {
    ResumeRoutine::with_config(config.name, config.stack_size, body)
}

/// What `#[coro::main]` was told.
#[derive(Clone, Copy, Debug)]
pub struct MainConfig {
    /// The main thread's name.
    pub name: Option<&'static str>,
    /// The default stack size of spawned threads, in bytes.
    pub stack_size: Option<usize>,
}

/// Runs an annotated main function.
#[track_caller]
pub fn main<R>(config: MainConfig, body: impl FnOnce() -> R) -> R {
    let mut builder = Builder::new();
    if let Some(name) = config.name {
        builder = builder.name(name);
    }
    if let Some(bytes) = config.stack_size {
        builder = builder.stack_size(bytes);
    }
    builder.run(body)
}

/// What `#[coro::test]` was told.
#[derive(Clone, Copy, Debug)]
pub struct TestConfig {
    /// The test's path, without the crate's name, as the test runner filters it.
    pub name: &'static str,
    /// Whether the clock starts paused.
    pub start_paused: bool,
    /// The one seed to run.
    pub seed: Option<u64>,
    /// How many seeds to run, from 0.
    pub seeds: Option<u64>,
    /// How long one run may take by the loop's clock.
    pub timeout: Option<Duration>,
}

/// The environment variable that makes a test run one seed only.
const SEED_VARIABLE: &str = "CORO_SEED";

/// Runs an annotated test: once, or once for each seed; then checks that nothing was left over.
#[track_caller]
pub fn test<R: TestResult>(config: TestConfig, body: impl Fn() -> R) -> R {
    let seeds = match (seed_from_environment(), config.seed, config.seeds) {
        (Some(seed), ..) | (None, Some(seed), _) => seed..seed.saturating_add(1),
        (None, None, Some(count)) => 0..count,
        (None, None, None) => return run_once(&config, None, &body),
    };
    assert!(!seeds.is_empty(), "seeds = 0 would test nothing; give at least 1");
    let mut last = None;
    for seed in seeds {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run_once(&config, Some(seed), &body)
        }));
        match outcome {
            Ok(result) if result.is_success() => last = Some(result),
            Ok(result) => {
                tell_seed(&config, seed);
                return result;
            }
            Err(payload) => {
                tell_seed(&config, seed);
                std::panic::resume_unwind(payload);
            }
        }
    }
    last.expect("there was at least one seed")
}

fn seed_from_environment() -> Option<u64> {
    let value = std::env::var(SEED_VARIABLE).ok()?;
    match value.parse() {
        Ok(seed) => Some(seed),
        Err(_) => {
            panic!("{SEED_VARIABLE}={value} is not a seed; give a number from 0 to {}", u64::MAX)
        }
    }
}

fn tell_seed(config: &TestConfig, seed: u64) {
    let name = config.name.split_once("::").map_or(config.name, |(_, path)| path);
    eprintln!(
        "seed {seed} failed; replay it with: {SEED_VARIABLE}={seed} cargo test {name} -- --exact"
    );
}

#[track_caller]
fn run_once<R: TestResult>(config: &TestConfig, seed: Option<u64>, body: &impl Fn() -> R) -> R {
    let mut builder = Builder::new().captured().start_paused(config.start_paused);
    if let Some(seed) = seed {
        builder = builder.seed(seed);
    }
    builder.run(|| {
        let result = match config.timeout {
            None => body(),
            Some(limit) => match crate::timeout(limit, body) {
                Ok(result) => result,
                Err(_) => panic!("the test did not end within {limit:?}\n{}", leftovers()),
            },
        };
        if result.is_success() {
            let leftovers = leftovers();
            assert!(leftovers.is_empty(), "the test left something over:\n{leftovers}");
        }
        result
    })
}

/// What is alive in the loop besides the main thread, a line each; empty if nothing is.
#[must_use]
pub fn leftovers() -> String {
    let Some(census) = current::with_loop(|lp| lp.map(|lp| lp.census())) else {
        return String::new();
    };
    let Census { threads, coroutines, registrations, timers, waiters } = census;
    let mut report = String::new();
    for thread in threads {
        let _ = writeln!(report, "thread {thread}; join or kill it");
    }
    for coroutine in coroutines {
        let _ = writeln!(report, "{coroutine}: suspended; drop its handle or kill it");
    }
    for (count, what) in [
        (registrations, "registered file descriptors; drop the sockets"),
        (timers, "timers"),
        (waiters, "waiters for file descriptors"),
    ] {
        if count > 0 {
            let _ = writeln!(report, "{count} {what}");
        }
    }
    report
}

/// What a test function may return.
pub trait TestResult {
    /// Whether the test passed.
    fn is_success(&self) -> bool;
}

impl TestResult for () {
    fn is_success(&self) -> bool {
        true
    }
}

impl<T, E> TestResult for Result<T, E> {
    fn is_success(&self) -> bool {
        self.is_ok()
    }
}

/// Kills the running thread at its `k`-th suspension from now on: just before it suspends, or while it is parked.
///
/// # Panics
/// Outside a coro thread, or if `k` is 0.
pub fn kill_at_suspension(k: u32, when_parked: bool) {
    assert!(k > 0, "suspensions count from 1");
    current::with(|cx| {
        let cx = cx.expect("a coro thread runs");
        cx.rec.interrupts.set_trap(Trap { suspensions_left: k, when_parked });
    });
}
