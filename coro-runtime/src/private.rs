//! All that generated code and this project's own tests may call. Nothing here is stable.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::marker::PhantomData;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Duration;

use crate::coroutine::Yielder;
use crate::raw::colour;
use crate::runtime::Builder;
use crate::sched::interrupt::Trap;
use crate::sched::{Census, current};
use crate::thread::{ResumeRoutine, Routine, Thread};

#[cfg(feature = "macros")]
pub use crate::channel::steps;
pub use crate::sched::record::Name;
pub use crate::sched::unwind::Planned;
pub use crate::sys::Faults;
#[cfg(feature = "macros")]
pub use coro_macros::{select, select_biased};
#[cfg(feature = "macros")]
pub use std::format;

/// Says whether the tops of stacks are moved apart (they are, by default), so that a benchmark can tell what that is good
/// for. Only to be called while the process has no loop and no coroutine.
pub fn colour_stacks(coloured: bool) {
    colour::set_coloured(coloured);
}

/// Binds the body and arguments of an annotated function, under the thread's name.
///
/// It is compiled anew for each annotated function, so it only boxes the body.
pub fn routine<'a, R>(name: impl Into<Name>, body: impl FnOnce() -> R + 'a) -> Routine<'a, R> {
    Routine::with_name(name.into(), Box::new(body))
}

/// Binds the body and arguments of an annotated function that is resumed.
pub fn resume_routine<'a, In, Out, R>(
    name: impl Into<Name>,
    body: impl FnOnce(&Yielder<In, Out>, In) -> R + 'a,
) -> ResumeRoutine<'a, In, Out, R> {
    ResumeRoutine::with_name(name.into(), Box::new(body))
}

/// Makes the routine of an annotated function whose result is an `impl Trait`.
///
/// `T` is the type of the routine. Generated code returns [`never`](Opaque::never) where it never comes by, which makes
/// `T` known before the body is looked at.
#[derive(Debug)]
pub struct Opaque<T>(PhantomData<T>);

impl<T> Opaque<T> {
    /// One whose type is still to be told.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "generated code alone makes it")]
    pub const fn new() -> Opaque<T> {
        Opaque(PhantomData)
    }

    /// Tells the type; nothing calls it.
    pub fn never(&self) -> T {
        unreachable!("it stands where nothing comes by")
    }
}

impl<'a, R> Opaque<Routine<'a, R>> {
    /// As [`routine`].
    pub fn routine(self, name: impl Into<Name>, body: impl FnOnce() -> R + 'a) -> Routine<'a, R> {
        routine(name, body)
    }
}

impl<'a, In, Out, R> Opaque<ResumeRoutine<'a, In, Out, R>> {
    /// As [`resume_routine`].
    pub fn routine(
        self,
        name: impl Into<Name>,
        body: impl FnOnce(&Yielder<In, Out>, In) -> R + 'a,
    ) -> ResumeRoutine<'a, In, Out, R> {
        resume_routine(name, body)
    }
}

/// What `#[coro::test]` was told; [`run`](Test::run) is the test.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    path: &'static str,
    start_paused: bool,
    seed: Option<u64>,
    seeds: Option<u64>,
    timeout: Option<Duration>,
}

impl Test {
    /// A test that runs once, under the path by which the test runner knows it behind the crate's name.
    #[must_use]
    pub const fn new(path: &'static str) -> Test {
        Test { path, start_paused: false, seed: None, seeds: None, timeout: None }
    }

    /// Says whether the clock starts paused.
    #[must_use]
    pub fn start_paused(self, start_paused: bool) -> Test {
        Test { start_paused, ..self }
    }

    /// Sets the one seed to run.
    #[must_use]
    pub fn seed(self, seed: u64) -> Test {
        Test { seed: Some(seed), ..self }
    }

    /// Sets how many seeds to run, from 0.
    #[must_use]
    pub fn seeds(self, seeds: u64) -> Test {
        Test { seeds: Some(seeds), ..self }
    }

    /// Sets how long one run may take by the loop's clock.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Test {
        Test { timeout: Some(timeout), ..self }
    }

    /// Runs the test once, or once for each seed; then checks that nothing was left over.
    #[track_caller]
    pub fn run<R: TestResult>(self, body: impl Fn() -> R) -> R {
        let seeds = match (seed_from_environment(), self.seed, self.seeds) {
            (Some(seed), ..) | (None, Some(seed), _) => seed..seed.saturating_add(1),
            (None, None, Some(count)) => 0..count,
            (None, None, None) => return run_once(&self, None, &body),
        };
        assert!(!seeds.is_empty(), "seeds = 0 would test nothing; give at least 1");
        let mut last = None;
        for seed in seeds {
            let replay = Replay { path: self.path, seed };
            let result = run_once(&self, Some(seed), &body);
            if !result.is_success() {
                return result;
            }
            replay.forget();
            last = Some(result);
        }
        last.expect("there was at least one seed")
    }
}

/// The environment variable that makes a test run one seed only.
const SEED_VARIABLE: &str = "CORO_SEED";

fn seed_from_environment() -> Option<u64> {
    let value = std::env::var(SEED_VARIABLE).ok()?;
    match value.parse() {
        Ok(seed) => Some(seed),
        Err(_) => {
            panic!("{SEED_VARIABLE}={value} is not a seed; give a number from 0 to {}", u64::MAX)
        }
    }
}

/// Says how a seed is replayed, when it is dropped: by a panic, or with the result of a test that failed.
struct Replay {
    path: &'static str,
    seed: u64,
}

impl Replay {
    /// Says nothing: the seed has passed.
    fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        let Replay { path, seed } = *self;
        let name = path.split_once("::").map_or(path, |(_, name)| name);
        eprintln!(
            "seed {seed} failed; replay it with: {SEED_VARIABLE}={seed} cargo test {name} -- --exact"
        );
    }
}

/// Runs the test in a loop of its own. A complaint is made outside the loop, where the caller is the test.
#[track_caller]
fn run_once<R: TestResult>(config: &Test, seed: Option<u64>, body: &impl Fn() -> R) -> R {
    let mut builder = Builder::new().captured().start_paused(config.start_paused);
    if let Some(seed) = seed {
        builder = builder.seed(seed);
    }
    match builder.run(|| run_in_loop(config.timeout, body)) {
        Ok(result) => result,
        Err(complaint) => panic!("{complaint}"),
    }
}

/// Runs the test in the loop around it; the complaint, if it takes too long or leaves something over.
fn run_in_loop<R: TestResult>(limit: Option<Duration>, body: impl Fn() -> R) -> Result<R, String> {
    let result = match limit {
        None => body(),
        Some(limit) => crate::timeout(limit, body).map_err(|_| too_long(limit))?,
    };
    let leftovers = if result.is_success() { leftovers() } else { String::new() };
    if leftovers.is_empty() {
        Ok(result)
    } else {
        Err(format!("the test left something over:\n{leftovers}"))
    }
}

/// What a test that the timeout has ended did, and what the others do.
fn too_long(limit: Duration) -> String {
    let main = census().map(|census| census.main).unwrap_or_default();
    let others = leftovers();
    format!("the test did not end within {limit:?}\nthread 'main' of the test: {main}\n{others}")
}

fn census() -> Option<Census> {
    current::with_loop(|lp| lp.map(|lp| lp.census()))
}

/// What is alive in the loop besides the main thread, a line each; empty if nothing is.
#[must_use]
pub fn leftovers() -> String {
    let Some(census) = census() else { return String::new() };
    let Census { main: _, threads, coroutines, registrations, timers, waiters } = census;
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

/// What a test function may return: the standard library's own results of a test.
///
/// ```test_harness
/// #[coro::test(seeds = 2)]
/// fn returns_a_code() -> std::process::ExitCode {
///     std::process::ExitCode::SUCCESS
/// }
///
/// #[coro::test]
/// fn returns_a_result_of_a_result() -> Result<Result<(), String>, std::io::Error> {
///     Ok(Ok(()))
/// }
///
/// #[coro::test(timeout = 5)]
/// #[ignore = "it ends the whole process"]
/// fn returns_never() -> ! {
///     std::process::exit(0)
/// }
/// ```
///
/// ```compile_fail,test_harness,E0277
/// #[coro::test]
/// fn returns_a_number() -> u8 {
///     0
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a test cannot return `{Self}`",
    label = "this is no result of a test",
    note = "a test returns `()`, `Result<_, E>` where `E` is `Debug`, `ExitCode` or `!`"
)]
pub trait TestResult {
    /// Whether the test passed.
    fn is_success(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl TestResult for () {
    fn is_success(&self) -> bool {
        true
    }
}

#[diagnostic::do_not_recommend]
impl TestResult for Infallible {
    fn is_success(&self) -> bool {
        match *self {}
    }
}

#[diagnostic::do_not_recommend]
impl TestResult for ExitCode {
    fn is_success(&self) -> bool {
        *self == ExitCode::SUCCESS
    }
}

#[diagnostic::do_not_recommend]
impl<T: TestResult, E> TestResult for Result<T, E> {
    fn is_success(&self) -> bool {
        self.as_ref().is_ok_and(T::is_success)
    }
}

/// The addresses of the guard below the stack of a thread of this loop that is suspended: whoever writes there ends the
/// process. None for main, and for a thread that runs or has ended.
#[must_use]
pub fn guard_of(thread: &Thread) -> Option<Range<usize>> {
    thread.guard()
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

#[cfg(all(test, feature = "macros"))]
mod tests {
    //! The attributes inside the crate that they lead to.

    use crate::{CoroutineState, Yielder};

    #[crate::thread(crate = crate, name = "half of {n}")]
    fn half(n: u32) -> (u32, Option<String>) {
        (n / 2, crate::thread::current().name().map(str::to_owned))
    }

    #[crate::thread(crate = crate)]
    fn doubles(cx: &Yielder<u32, u32>, #[resume] first: u32) {
        let mut next = first;
        while next > 0 {
            next = cx.suspend(next * 2);
        }
    }

    #[crate::main(crate = crate, name = "boss")]
    fn entry() -> Option<String> {
        crate::thread::current().name().map(str::to_owned)
    }

    #[crate::test(crate = crate, seeds = 3)]
    fn attributes_work_inside_the_crate() {
        assert_eq!(half(8).spawn().join().unwrap(), (4, Some("half of 8".to_owned())));
        let mut doubles = doubles().spawn();
        assert_eq!(doubles.resume(4).unwrap(), CoroutineState::Yielded(8));
        assert_eq!(doubles.resume(0).unwrap(), CoroutineState::Complete(()));
    }

    #[test]
    fn a_main_function_works_inside_the_crate() {
        assert_eq!(entry().as_deref(), Some("boss"));
    }
}
