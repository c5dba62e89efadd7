//! Blocking calls, off the loop: files, `getaddrinfo`, C libraries, long computations.
//!
//! A call that blocks its OS thread stops every thread of the loop. [`unblock`] runs it on a helper OS thread and parks
//! the caller until it has returned.
//!
//! Caller and helper share a task. Its lock decides a race between the call's end and the caller's interrupt: either
//! the caller takes the outcome, or it has *left*, and the helper drops it.

mod pool;

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) use pool::Pool;

use crate::sched::wait::{self, Clause, Outcome, Waiter};
use crate::sched::{current, unwind};
use pool::Job;

/// How many calls run at a time, as tokio's: enough for calls that wait for one another, few enough for any system.
const MOST: usize = 512;

static HELPERS: Pool = Pool::new("coro-blocking", MOST);

/// Runs `f` on a helper OS thread, and parks the thread until it has returned.
///
/// For whatever blocks its OS thread: files, a C library, a long computation. `f` runs outside any loop: what it waits
/// for blocks the helper. Up to 512 calls run at a time, in the order in which they came; a helper ends after
/// 10 seconds without work. More calls wait for those, so calls that wait *for each other* must not be as many. A
/// paused clock stands still meanwhile. If the system has no OS thread to give and no helper is there, `f` runs in
/// place, and so it does outside any loop.
///
/// Shaped after the `unblock` of the crate `blocking`, and tokio's `spawn_blocking` followed by a wait.
///
/// # Panics
/// With the panic of `f`, which is carried over.
///
/// # Interruption
/// Kill, raise and timeout end the wait, but nothing can end `f`: it runs to its end, and the helper drops what it
/// returns. A thread that is interrupted before the call begins does not begin it. While the thread unwinds, it waits
/// all the same.
///
/// # Examples
/// ```
/// use coro::blocking::unblock;
/// coro::run(|| -> std::io::Result<()> {
///     let manifest = unblock(|| std::fs::read_to_string("Cargo.toml"))?; // others run meanwhile
///     assert!(manifest.contains("[package]"));
///     Ok(())
/// }).unwrap();
/// ```
#[doc(alias = "spawn_blocking")]
pub fn unblock<T, F>(f: F) -> T
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    struct Call;

    impl Work for Call {
        const WHAT: &'static str = "a blocking call";

        fn pool() -> &'static Pool {
            &HELPERS
        }
    }

    run::<Call, _, _>(f)
}

/// A kind of work for helpers.
pub(crate) trait Work {
    /// What the thread waits for, as a report says it.
    const WHAT: &'static str;

    /// Who does it.
    fn pool() -> &'static Pool;
}

/// What [`unblock`] does, for any kind of work.
pub(crate) fn run<W, T, F>(f: F) -> T
where
    W: Work,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    if current::with(|cx| cx.is_none()) {
        return f();
    }
    let task = Arc::new(Task::default());
    let outcome = outcome_of::<W, T>(&task, job(&task, f));
    outcome.unwrap_or_else(|payload| unwind::resume(payload))
}

/// What the helper is to do.
fn job<T: Send + 'static>(task: &Arc<Task<T>>, f: impl FnOnce() -> T + Send + 'static) -> Job {
    let task = task.clone();
    Box::new(move || task.finish(unwind::catch(f)))
}

/// Hands the job in and waits for its end.
fn outcome_of<W: Work, T>(task: &Task<T>, job: Job) -> Result<T> {
    let mut returned = Returned::<W, T> { task, job: Some(job), refused: None, work: PhantomData };
    let _working = Working::begin();
    loop {
        let waited = wait::on(&mut returned, None);
        if let Some(job) = returned.refused.take() {
            job();
        }
        let Outcome::Interrupted(interrupt) = waited else {
            match task.take() {
                Some(outcome) => return outcome,
                None => continue,
            }
        };
        match task.take_or_leave() {
            // The call was faster, and the interrupt comes at the next wait.
            Some(outcome) => {
                interrupt.put_back();
                return outcome;
            }
            None => interrupt.raise(),
        }
    }
}

/// What a call returned, or what it panicked with.
type Result<T> = std::thread::Result<T>;

/// What caller and helper share.
struct Task<T>(Mutex<TaskState<T>>);

struct TaskState<T> {
    outcome: Option<Result<T>>,
    waiter: Option<Waiter>,
    /// The caller was interrupted and takes nothing any more.
    left: bool,
}

impl<T> Default for Task<T> {
    fn default() -> Task<T> {
        Task(Mutex::new(TaskState { outcome: None, waiter: None, left: false }))
    }
}

impl<T> Task<T> {
    fn state(&self) -> MutexGuard<'_, TaskState<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the outcome over, or drops it if nobody will take it. The helper calls it.
    fn finish(&self, outcome: Result<T>) {
        let mut state = self.state();
        if state.left {
            drop(state);
            return unwind::drop_quietly(outcome);
        }
        state.outcome = Some(outcome);
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    fn take(&self) -> Option<Result<T>> {
        self.state().outcome.take()
    }

    /// The outcome, if it is there; if not, the caller is not there for it from now on.
    fn take_or_leave(&self) -> Option<Result<T>> {
        let mut state = self.state();
        state.left = state.outcome.is_none();
        state.outcome.take()
    }
}

/// Fires when the call has returned, or no helper can be had for it.
struct Returned<'a, W, T> {
    task: &'a Task<T>,
    /// Handed in by the first `register`: a thread that is interrupted before that does not begin the call.
    job: Option<Job>,
    /// The job, if the pool has no helper for it.
    refused: Option<Job>,
    work: PhantomData<fn() -> W>,
}

impl<W: Work, T> Clause for Returned<'_, W, T> {
    const WHAT: &'static str = W::WHAT;

    fn register(&mut self, waiter: Waiter) {
        self.task.state().waiter = Some(waiter);
        if let Some(job) = self.job.take() {
            self.refused = W::pool().queue(job).err();
        }
        // Whoever finishes from now on finds the waiter; who has finished before did not.
        let mut state = self.task.state();
        let fired = state.outcome.is_some() || self.refused.is_some();
        let waiter = if fired { state.waiter.take() } else { None };
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.task.state();
        state.waiter = None;
        state.outcome.is_some() || self.refused.is_some()
    }
}

/// Tells a paused clock that an OS thread is at work.
struct Working(());

impl Working {
    fn begin() -> Working {
        current::with_loop(|lp| lp.inspect(|lp| lp.change_helpers(1)).is_some());
        Working(())
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        current::with_loop(|lp| lp.inspect(|lp| lp.change_helpers(-1)).is_some());
    }
}
