//! Running something once, for everybody.
//!
//! The state is one word. It changes under the lock of the queue only, and whoever changes it at the end of a run wakes
//! all who wait; each of them looks again. So there is no token that a waiter could be handed and lose: one that is
//! killed is just one fewer to look.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{self, PoisonError};

use crate::id::ThreadId;
use crate::sched::owner;
use crate::sched::queue::WaitQueue;
use crate::sched::wait::{self, Clause, Waiter};

/// Nobody has begun. Each state is a bit, so that several make a set.
const INCOMPLETE: u8 = 1;
/// Somebody runs the function.
const RUNNING: u8 = 2;
/// The last run unwound.
const POISONED: u8 = 4;
/// Done, for ever.
const COMPLETE: u8 = 8;

/// A one-time global initialisation, as [`std::sync::Once`], whose waiters are parked.
///
/// The function may wait; other threads that come meanwhile wait for it. It works between threads of one loop, of
/// several loops, and plain OS threads. A run that unwinds poisons, as in std, be it by a panic or by a kill, a raise or
/// a timeout: keep interrupts away with [`coro::shield`](crate::shield) where that matters. A thread that asks for the
/// completion of what it runs itself gets a panic, also in a coroutine that it has resumed for that; std leaves open what
/// happens then.
///
/// # Examples
/// ```
/// use coro::sync::Once;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// static START: Once = Once::new();
/// static COUNT: AtomicU32 = AtomicU32::new(0);
/// coro::run(|| coro::thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| {
///             START.call_once(|| {
///                 coro::thread::yield_now(); // the others come, and wait
///                 COUNT.fetch_add(1, Ordering::Relaxed);
///             });
///             assert_eq!(COUNT.load(Ordering::Relaxed), 1);
///         });
///     }
/// }));
/// ```
pub struct Once {
    /// Changed under the lock of `progress`; read without it to see whether it is complete.
    state: AtomicU8,
    progress: sync::Mutex<Progress>,
}

/// A [`Once`] that has not been run, from before `Once::new` could be called in a constant.
///
/// # Examples
/// ```
/// #![allow(deprecated)]
/// static START: coro::sync::Once = coro::sync::ONCE_INIT;
/// START.call_once(|| ());
/// ```
#[deprecated = "use Once::new, as in std"]
#[expect(
    clippy::declare_interior_mutable_const,
    reason = "each use makes a new one, as std's does"
)]
pub const ONCE_INIT: Once = Once::new();

/// What is to be known while the once is not complete.
struct Progress {
    /// Who runs the function.
    runner: Option<ThreadId>,
    waiters: WaitQueue,
}

/// What the function given to [`Once::call_once_force`] is told.
///
/// As std's, it is not to be shared with other OS threads:
/// ```compile_fail
/// fn share<T: Sync>(_: &T) {}
/// coro::sync::Once::new().call_once_force(|state| share(state));
/// ```
///
/// # Examples
/// ```
/// use coro::sync::{Once, OnceState};
/// let look = |state: &OnceState| assert!(!state.is_poisoned());
/// Once::new().call_once_force(look);
/// ```
pub struct OnceState {
    poisoned: bool,
    /// Not `Sync`, because std's is not.
    not_shared: PhantomData<Cell<()>>,
}

/// What a poisoned once means to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnPoison {
    /// A panic.
    Refuse,
    /// Nothing: the function is run again.
    Ignore,
}

/// What came of trying to begin.
enum Begin<'a> {
    /// The caller is to run the function.
    Run(Run<'a>),
    /// It was run.
    Complete,
    /// Somebody runs it.
    Busy,
    /// It unwound, and the caller does not want it to be run again.
    Poisoned,
}

/// The right to run the function; dropped by an unwind, it poisons.
struct Run<'a> {
    once: &'a Once,
    was_poisoned: bool,
    /// The state in which it leaves the once.
    outcome: u8,
}

impl Run<'_> {
    fn complete(mut self) {
        self.outcome = COMPLETE;
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.once.finish(self.outcome);
    }
}

/// Fires when the state is none of those given.
struct Change<'a> {
    once: &'a Once,
    states: u8,
    /// The place in the queue; none if the state has changed, or the wait has not begun.
    number: Option<u64>,
}

impl Clause for Change<'_> {
    const WHAT: &'static str = "an initialisation by another thread";

    fn register(&mut self, waiter: Waiter) {
        let mut progress = self.once.progress();
        if self.once.is_in(self.states) {
            self.number = Some(progress.waiters.push(waiter));
            return;
        }
        drop(progress);
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        self.number.take().is_none_or(|number| !self.once.progress().waiters.remove(number))
    }
}

impl Once {
    /// Makes a once that has not been run.
    ///
    /// # Examples
    /// ```
    /// static START: coro::sync::Once = coro::sync::Once::new();
    /// assert!(!START.is_completed());
    /// ```
    #[must_use]
    #[expect(clippy::new_without_default, reason = "std's has no default either")]
    pub const fn new() -> Once {
        Once::in_state(INCOMPLETE)
    }

    /// One that was run.
    pub(super) const fn completed() -> Once {
        Once::in_state(COMPLETE)
    }

    const fn in_state(state: u8) -> Once {
        let progress = Progress { runner: None, waiters: WaitQueue::new() };
        Once { state: AtomicU8::new(state), progress: sync::Mutex::new(progress) }
    }

    /// Runs `f` if this is the first call, and waits for the run of another thread if there is one.
    ///
    /// When it returns, some function has run to its end, and what that did is visible here.
    ///
    /// # Panics
    /// If it is poisoned, or becomes so while this thread waits; if `f` itself calls it.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. In `f` they arrive as they do elsewhere, and poison.
    ///
    /// # Examples
    /// ```
    /// let (once, mut runs) = (coro::sync::Once::new(), 0);
    /// once.call_once(|| runs += 1);
    /// once.call_once(|| runs += 1);
    /// assert_eq!(runs, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn call_once<F>(&self, f: F)
    where
        F: FnOnce(),
    {
        if !self.is_completed() {
            self.call("Once", OnPoison::Refuse, |_| f());
        }
    }

    /// As [`call_once`](Self::call_once), but runs `f` also if it is poisoned, which that then mends.
    ///
    /// # Panics
    /// If `f` itself calls it.
    ///
    /// # Interruption
    /// As [`call_once`](Self::call_once).
    ///
    /// # Examples
    /// ```
    /// let once = coro::sync::Once::new();
    /// coro::run(|| {
    ///     let failed = coro::panic::catch_unwind(|| once.call_once(|| panic!("not this time")));
    ///     assert!(failed.is_err());
    ///     once.call_once_force(|state| assert!(state.is_poisoned()));
    ///     assert!(once.is_completed());
    /// });
    /// ```
    #[inline]
    pub fn call_once_force<F>(&self, f: F)
    where
        F: FnOnce(&OnceState),
    {
        if !self.is_completed() {
            self.call("Once", OnPoison::Ignore, f);
        }
    }

    /// Whether some function has run to its end. It does not wait.
    ///
    /// # Examples
    /// ```
    /// let once = coro::sync::Once::new();
    /// once.call_once(|| assert!(!once.is_completed())); // it is not at its end
    /// assert!(once.is_completed());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.is_in(COMPLETE)
    }

    /// Waits until some thread has run a function to its end.
    ///
    /// # Panics
    /// If it is poisoned, or becomes so while this thread waits; inside the function.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait.
    ///
    /// # Examples
    /// ```
    /// let ready = coro::sync::Once::new();
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     scope.spawn(|| ready.call_once(|| ()));
    ///     ready.wait();
    ///     assert!(ready.is_completed());
    /// }));
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        self.wait_while("Once", INCOMPLETE | RUNNING);
        if !self.is_completed() {
            refuse("Once");
        }
    }

    /// As [`wait`](Self::wait), but waits on if it is poisoned: [`call_once_force`](Self::call_once_force) may mend it.
    ///
    /// # Panics
    /// Inside the function.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait.
    ///
    /// # Examples
    /// ```
    /// let ready = coro::sync::Once::new();
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let failed = scope.spawn(|| ready.call_once(|| panic!("not this time")));
    ///     assert!(failed.join().is_err());
    ///     scope.spawn(|| ready.call_once_force(|_| ()));
    ///     ready.wait_force();
    ///     assert!(ready.is_completed());
    /// }));
    /// ```
    pub fn wait_force(&self) {
        self.wait_while("Once", !COMPLETE);
    }

    /// Waits until it is complete, for a type named `name`; runs of functions that unwind are ignored.
    pub(super) fn wait_for(&self, name: &str) {
        self.wait_while(name, !COMPLETE);
    }

    /// Runs `f`, or waits until somebody else has run theirs; `name` is the type that panics speak of.
    #[cold]
    #[track_caller]
    pub(super) fn call(&self, name: &str, on_poison: OnPoison, f: impl FnOnce(&OnceState)) {
        let me = owner::me();
        loop {
            match self.begin(me, on_poison) {
                Begin::Complete => return,
                Begin::Busy => self.wait_while(name, RUNNING),
                Begin::Poisoned => refuse(name),
                Begin::Run(run) => {
                    f(&OnceState { poisoned: run.was_poisoned, not_shared: PhantomData });
                    return run.complete();
                }
            }
        }
    }

    fn begin(&self, me: ThreadId, on_poison: OnPoison) -> Begin<'_> {
        let mut progress = self.progress();
        let state = self.state.load(Ordering::Relaxed);
        match state {
            COMPLETE => Begin::Complete,
            RUNNING => Begin::Busy,
            POISONED if on_poison == OnPoison::Refuse => Begin::Poisoned,
            _ => {
                self.state.store(RUNNING, Ordering::Relaxed);
                progress.runner = Some(me);
                Begin::Run(Run { once: self, was_poisoned: state == POISONED, outcome: POISONED })
            }
        }
    }

    /// Ends a run.
    fn finish(&self, outcome: u8) {
        let mut progress = self.progress();
        self.state.store(outcome, Ordering::Release);
        progress.runner = None;
        let mut all = progress.waiters.take_all();
        // Collected under the lock, woken after it.
        drop(progress);
        while let Some((_, waiter)) = all.pop() {
            waiter.wake();
        }
    }

    /// Waits while the state is one of `states`.
    #[track_caller]
    fn wait_while(&self, name: &str, states: u8) {
        if !self.is_in(states) {
            return;
        }
        let runner = self.progress().runner;
        let is_mine = runner.is_some_and(owner::is_here);
        assert!(!is_mine, "the initialiser of this {name} asks for what it is to make");
        let mut change = Change { once: self, states, number: None };
        while self.is_in(states) {
            wait::on(&mut change, None).or_raise();
        }
    }

    #[inline]
    fn is_in(&self, states: u8) -> bool {
        self.state.load(Ordering::Acquire) & states != 0
    }

    fn progress(&self) -> sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[track_caller]
fn refuse(name: &str) -> ! {
    panic!(
        "this {name} is poisoned: its initialiser panicked or was interrupted; keep interrupts away \
         with coro::shield"
    )
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

impl OnceState {
    /// Whether an earlier run unwound.
    ///
    /// # Examples
    /// ```
    /// coro::sync::Once::new().call_once_force(|state| assert!(!state.is_poisoned()));
    /// ```
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl fmt::Debug for OnceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceState").field("poisoned", &self.poisoned).finish()
    }
}
