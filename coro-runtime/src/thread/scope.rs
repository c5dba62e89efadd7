//! Scoped threads: they may borrow, because the scope does not end before they have.

#![expect(unsafe_code, reason = "spawns threads that borrow for the scope's lifetime")]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, Write as _};
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::RefUnwindSafe;
use std::rc::Rc;

use slab::Slab;

use super::builder::{Builder, Ending};
use super::end::End;
use super::exchange::Resumer;
use super::handle::{JoinHandle, Thread, is_panic};
use super::resume::{Means, Parts, ResumeRoutine};
use super::routine::Routine;
use crate::coroutine::CoroutineState;
use crate::error::{JoinError, ResumeError};
use crate::sched::interrupt::Interrupt;
use crate::sched::wait::{self, Clause, Outcome, Waiter};
use crate::sched::{self, Config, current, locals, unwind};
use crate::time::Shield;

/// Creates a scope for threads that borrow from the surrounding code, as [`std::thread::scope`].
///
/// All threads spawned in it have ended when this returns. If the scope's own thread is interrupted, in `f` or while
/// it waits for the others, the others are killed, and the interrupt goes on once the last of them is gone.
///
/// Outside any loop it runs a loop for as long as it lasts, as [`coro::run`](crate::run) does, with `f` as its main
/// thread: the OS thread is blocked until all threads of the scope have ended. [`current`](super::current) in `f` is
/// that main thread then; a [`Thread`](super::Thread) taken before does not unpark it.
///
/// # Panics
/// Outside any loop, if none can be made. If a thread of the scope panicked and was not joined. If `f` panics, its panic goes on once the last thread is
/// gone; as with std, the threads are not killed then.
///
/// # Interruption
/// Kill, raise and timeout are passed to the scope's threads as a kill, then raised here.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let mut numbers = vec![1, 2, 3];
///     let sum = coro::thread::scope(|scope| {
///         let sum = scope.spawn(|| numbers.iter().sum::<i32>());
///         sum.join().expect("adding does not panic")
///     });
///     numbers.push(sum);
///     assert_eq!(numbers, [1, 2, 3, 6]);
/// });
/// ```
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    if current::with_loop(|lp| lp.is_some()) {
        scope_in_loop(f)
    } else {
        sched::run(Config::default(), || {
            // Main is the caller here and nobody else: it keeps its own values, and they outlive this loop.
            locals::stay_outside();
            scope_in_loop(f)
        })
    }
}

#[track_caller]
fn scope_in_loop<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope { shared: Rc::default(), scope: PhantomData, env: PhantomData };
    let outcome = unwind::catch(|| f(&scope));
    if matches!(&outcome, Err(payload) if unwind::is_ours(&**payload)) {
        scope.shared.kill_all();
    }
    let interrupt = scope.shared.wait_for_all();
    match (outcome, interrupt) {
        (Err(payload), None) => unwind::resume(payload),
        (Err(payload), Some(interrupt)) => {
            // What `f` unwinds with goes first; the interrupt comes after it.
            interrupt.put_back();
            unwind::resume(payload)
        }
        (Ok(_), Some(interrupt)) => interrupt.raise(),
        (Ok(_), None) if scope.shared.panicked.get() => panic!("a scoped thread panicked"),
        (Ok(value), None) => value,
    }
}

/// A scope to spawn threads in; see [`scope`].
///
/// It cannot be used from another OS thread, because its threads belong to one loop:
/// ```compile_fail
/// coro::thread::scope(|s| { std::thread::scope(|os| { os.spawn(|| { s.spawn(|| ()); }); }); });
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    /// An `Rc`, so that a scope is neither `Send` nor `Sync`.
    shared: Rc<Shared>,
    /// Invariance over both lifetimes, so that neither can be stretched or shrunk, as in std.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// What the scope shares with its threads.
#[derive(Default)]
struct Shared {
    /// The threads that have not ended; none where one is being spawned.
    live: RefCell<Slab<Option<Thread>>>,
    /// Woken when the last thread has ended.
    waiter: RefCell<Option<Waiter>>,
    /// Whether a thread panicked and nobody joined it.
    panicked: Cell<bool>,
    /// The scope was interrupted: threads that are spawned from now on are killed at once.
    killed: Cell<bool>,
}

/// A place in `live` that is given up when the spawn it was taken for comes to nothing.
struct Seat<'a> {
    shared: &'a Shared,
    number: usize,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.shared.live.borrow_mut().remove(self.number);
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Spawns a thread that may borrow for `'scope`.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    ///
    /// # Examples
    /// ```
    /// let mut halves = [vec![2, 1], vec![4, 3]];
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     for half in &mut halves {
    ///         scope.spawn(|| half.sort()); // each thread borrows its half
    ///     }
    /// }));
    /// assert_eq!(halves, [[1, 2], [3, 4]]);
    /// ```
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + 'scope,
        T: 'scope,
    {
        spawned(self.spawn_with(Builder::new(), f, ()))
    }

    /// Spawns a routine whose arguments may borrow for `'scope`.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn length(text: &str) -> usize {
    ///     text.len()
    /// }
    ///
    /// coro::run(|| {
    ///     let text = String::from("borrowed");
    ///     let length = coro::thread::scope(|scope| scope.spawn_routine(length(&text)).join());
    ///     assert_eq!(length.expect("it returns"), 8);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_routine<T: 'scope>(
        &'scope self,
        routine: Routine<'scope, T>,
    ) -> ScopedJoinHandle<'scope, T> {
        let (builder, body) = routine.into_parts();
        spawned(self.spawn_with(builder, body, ()))
    }

    /// Spawns a thread that is resumed with values, and that may borrow for `'scope`; the values may not.
    ///
    /// Drop the handle when no more is wanted: while it lives the thread waits to be resumed, and the scope for the
    /// thread.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| {
    ///     let words = ["to", "be"];
    ///     let lengths: Vec<usize> = coro::thread::scope(|scope| {
    ///         let lengths = ResumeRoutine::from_fn(|cx: &coro::Yielder<(), usize>, ()| {
    ///             for word in &words {
    ///                 cx.suspend(word.len());
    ///             }
    ///         });
    ///         scope.spawn_resumable(lengths).collect()
    ///     });
    ///     assert_eq!(lengths, [2, 2]);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_resumable<In: 'static, Out: 'static, T: 'scope>(
        &'scope self,
        routine: ResumeRoutine<'scope, In, Out, T>,
    ) -> ScopedResumeHandle<'scope, In, Out, T> {
        let Parts { builder, resumer, body, end } = routine.into_parts();
        ScopedResumeHandle { resumer, join: spawned(self.spawn_with(builder, body, end)) }
    }

    /// Spawns a thread; `last` is dropped on it once its result is there.
    #[track_caller]
    pub(super) fn spawn_with<F, T, L>(
        &'scope self,
        builder: Builder,
        f: F,
        last: L,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + 'scope,
        T: 'scope,
        L: 'scope,
    {
        let shared = self.shared.clone();
        let number = shared.live.borrow_mut().insert(None);
        // A spawn that fails drops `f`, which may unwind.
        let seat = Seat { shared: &self.shared, number };
        let finally = {
            let shared = shared.clone();
            move |ending| {
                unwind::drop_quietly(last);
                shared.end_of(number, ending);
            }
        };
        // SAFETY: `scope` returns, or lets its frame go, only after `finally` of every thread has run: it waits for
        // `live` to be empty and aborts if that wait fails. `'scope` contains that frame.
        let handle = unsafe { builder.spawn_unchecked(f, finally) }?;
        std::mem::forget(seat);
        shared.live.borrow_mut()[number] = Some(handle.thread().clone());
        if shared.killed.get() {
            handle.kill();
        }
        Ok(ScopedJoinHandle { handle: Some(handle), shared, scope: PhantomData })
    }
}

#[track_caller]
fn spawned<T>(outcome: io::Result<T>) -> T {
    match outcome {
        Ok(handle) => handle,
        Err(error) => panic!("failed to spawn a thread: {error}"),
    }
}

impl Shared {
    fn end_of(&self, seat: usize, ending: Ending) {
        if ending == Ending::UnseenPanic {
            self.panicked.set(true);
        }
        let mut live = self.live.borrow_mut();
        live.remove(seat);
        let is_last = live.is_empty();
        drop(live);
        if is_last && let Some(waiter) = self.waiter.take() {
            waiter.wake();
        }
    }

    fn kill_all(&self) {
        self.killed.set(true);
        // Killing runs no user code, so the borrow may stay.
        for (_, thread) in self.live.borrow().iter() {
            if let Some(thread) = thread {
                thread.kill();
            }
        }
    }

    /// Waits until no thread is left. The first interrupt kills them and is returned; others stay pending.
    fn wait_for_all(&self) -> Option<Interrupt> {
        let frame = AbortOnUnwind;
        let mut first = None;
        let mut shield = self.killed.get().then(Shield::enter);
        while !self.live.borrow().is_empty() {
            if let Outcome::Interrupted(interrupt) = wait::on(&mut AllEnded { shared: self }, None)
            {
                self.kill_all();
                first = Some(interrupt);
                shield = Some(Shield::enter());
            }
        }
        drop(shield);
        std::mem::forget(frame);
        first
    }
}

/// Borrowed stacks must not outlive the scope's frame, whatever goes wrong in waiting for them.
struct AbortOnUnwind;

impl Drop for AbortOnUnwind {
    fn drop(&mut self) {
        // Not `eprintln`, which panics when nobody reads standard error any more.
        let message =
            "a scope could not wait for its threads, which may still use what they borrow";
        let _ = writeln!(io::stderr(), "{message}");
        std::process::abort();
    }
}

/// Fires when the last thread of a scope has ended.
struct AllEnded<'a> {
    shared: &'a Shared,
}

impl Clause for AllEnded<'_> {
    const WHAT: &'static str = "the threads of a scope";

    fn register(&mut self, waiter: Waiter) {
        self.shared.waiter.replace(Some(waiter));
    }

    fn deregister(&mut self) -> bool {
        self.shared.waiter.take().is_none()
    }
}

/// An owned permission to join on a scoped thread, as [`std::thread::ScopedJoinHandle`].
///
/// Like its scope, and unlike std's, it stays on its OS thread:
/// ```compile_fail
/// fn is_send<T: Send>() {}
/// is_send::<coro::thread::ScopedJoinHandle<'static, ()>>();
/// ```
///
/// # Examples
/// ```
/// use coro::thread::ScopedJoinHandle;
/// coro::run(|| {
///     let words = ["to", "be"];
///     coro::thread::scope(|scope| {
///         let lengths: Vec<ScopedJoinHandle<'_, usize>> =
///             words.iter().map(|word| scope.spawn(|| word.len())).collect();
///         let sum: usize = lengths.into_iter().map(|length| length.join().unwrap()).sum();
///         assert_eq!(sum, 4);
///     });
/// });
/// ```
pub struct ScopedJoinHandle<'scope, T> {
    /// Taken by `join`.
    handle: Option<JoinHandle<T>>,
    shared: Rc<Shared>,
    scope: PhantomData<&'scope mut &'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    fn handle(&self) -> &JoinHandle<T> {
        self.handle.as_ref().expect("only join takes the handle, and it takes self")
    }

    /// The thread's end, to be waited for.
    #[track_caller]
    pub(crate) fn end(&mut self) -> End<'_, T> {
        self.handle.as_mut().expect("only join takes the handle, and it takes self").end()
    }

    /// Waits for the thread to end and returns its result; see [`JoinHandle::join`].
    ///
    /// # Errors
    /// The thread panicked, was killed, or was raised at and did not catch it.
    ///
    /// # Panics
    /// If a thread joins itself.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; on their way through the scope they kill its threads.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let outcome = coro::thread::scope(|scope| scope.spawn(|| -> u32 { panic!("boom") }).join());
    ///     assert!(outcome.unwrap_err().is_panic()); // it was joined, so the scope does not panic
    /// });
    /// ```
    #[track_caller]
    pub fn join(mut self) -> Result<T, JoinError> {
        let handle = self.handle.take().expect("only join takes the handle, and it takes self");
        handle.join()
    }

    /// The handle to the thread itself.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let parked = scope.spawn(coro::thread::park);
    ///     parked.thread().unpark();
    ///     assert!(parked.join().is_ok());
    /// }));
    /// ```
    #[must_use]
    pub fn thread(&self) -> &Thread {
        self.handle().thread()
    }

    /// Whether the thread's function has returned.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let handle = scope.spawn(|| ());
    ///     assert!(!handle.is_finished()); // it has not run yet
    ///     coro::thread::yield_now();
    ///     assert!(handle.is_finished());
    /// }));
    /// ```
    #[doc(alias = "isAlive")]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle().is_finished()
    }

    /// Kills the thread; see [`Thread::kill`].
    ///
    /// # Examples
    /// ```
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let endless = scope.spawn(|| loop { coro::thread::yield_now() });
    ///     endless.kill(); // else the scope would wait for ever
    ///     assert!(endless.join().unwrap_err().is_killed());
    /// }));
    /// ```
    #[doc(alias = "abort")]
    pub fn kill(&self) {
        self.thread().kill();
    }

    /// Raises `exception` in the thread; see [`Thread::raise`].
    ///
    /// # Examples
    /// ```
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let parked = scope.spawn(|| coro::catch::<&str, _>(coro::thread::park));
    ///     coro::thread::yield_now(); // it is inside the catch now
    ///     parked.raise("enough");
    ///     assert_eq!(parked.join().unwrap(), Err("enough"));
    /// }));
    /// ```
    #[doc(alias = "raise_exception")]
    pub fn raise<E: Any + Send>(&self, exception: E) {
        self.thread().raise(exception);
    }
}

/// The means to resume a scoped thread with values, and the permission to join on it.
///
/// It is a [`ResumeHandle`](super::ResumeHandle) that cannot outlive its scope, and does all that one does: when it is
/// gone, a thread that waits to be resumed is killed; with `In = ()` it is an iterator.
///
/// # Examples
/// ```
/// use coro::CoroutineState::Yielded;
/// use coro::thread::ResumeRoutine;
/// coro::run(|| {
///     let prefix = String::from("re");
///     coro::thread::scope(|scope| {
///         let mut prefixer = scope.spawn_resumable(ResumeRoutine::from_fn(|cx: &coro::Yielder<&str, String>, first| {
///             let mut word = first;
///             loop { word = cx.suspend(prefix.clone() + word) }
///         }));
///         assert_eq!(prefixer.resume("sume").unwrap(), Yielded::<String, ()>("resume".to_owned()));
///         assert_eq!(prefixer.resume("turn").unwrap(), Yielded("return".to_owned()));
///     });
/// });
/// ```
///
/// ```compile_fail
/// use coro::thread::ResumeRoutine;
/// let mut escaped = None;
/// coro::thread::scope(|scope| {
///     escaped = Some(scope.spawn_resumable(ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| ())));
/// });
/// ```
pub struct ScopedResumeHandle<'scope, In, Out, T> {
    /// Before `join`, so that the thread is told first.
    resumer: Resumer<In, Out>,
    join: ScopedJoinHandle<'scope, T>,
}

impl<In, Out, T> ScopedResumeHandle<'_, In, Out, T> {
    /// Hands `value` to the thread, and waits for its answer or its end; see
    /// [`ResumeHandle::resume`](super::ResumeHandle::resume).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Interruption
    /// As there.
    ///
    /// # Examples
    /// ```
    /// use coro::CoroutineState::Complete;
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, first| first + 1);
    ///     assert_eq!(scope.spawn_resumable(routine).resume(1).unwrap(), Complete(2));
    /// }));
    /// ```
    pub fn resume(&mut self, value: In) -> Result<CoroutineState<Out, T>, ResumeError<In>> {
        self.means().resume(value)
    }

    /// Hands `value` to the thread and does not wait; see [`ResumeHandle::schedule`](super::ResumeHandle::schedule).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, first| first + 1);
    ///     let mut handle = scope.spawn_resumable(routine);
    ///     handle.schedule(1).unwrap();
    ///     assert!(handle.schedule(2).unwrap_err().is_pending());
    ///     assert_eq!(handle.join().unwrap(), 2);
    /// }));
    /// ```
    pub fn schedule(&mut self, value: In) -> Result<(), ResumeError<In>> {
        self.means().schedule(value)
    }

    /// Waits for the thread to end and returns its result; see [`ResumeHandle::join`](super::ResumeHandle::join).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// If a thread joins itself.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; on their way through the scope they kill its threads.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, first| first + 1);
    ///     assert!(scope.spawn_resumable(routine).join().unwrap_err().is_killed()); // it was never resumed
    /// }));
    /// ```
    #[track_caller]
    pub fn join(self) -> Result<T, JoinError> {
        let ScopedResumeHandle { resumer, join } = self;
        drop(resumer);
        join.join()
    }

    fn means(&mut self) -> Means<'_, In, Out, T> {
        let join =
            self.join.handle.as_mut().expect("only join takes the handle, and it takes self");
        Means { resumer: &mut self.resumer, join }
    }
}

impl<In, Out, T> Deref for ScopedResumeHandle<'_, In, Out, T> {
    type Target = JoinHandle<T>;

    fn deref(&self) -> &JoinHandle<T> {
        self.join.handle()
    }
}

impl<Out, T> Iterator for ScopedResumeHandle<'_, (), Out, T> {
    type Item = Out;

    fn next(&mut self) -> Option<Out> {
        self.means().next()
    }
}

impl<Out, T> FusedIterator for ScopedResumeHandle<'_, (), Out, T> {}

impl<T> Drop for ScopedJoinHandle<'_, T> {
    fn drop(&mut self) {
        let unread = self.handle.as_mut().and_then(JoinHandle::try_take);
        if unread.as_ref().is_some_and(is_panic) {
            self.shared.panicked.set(true);
        }
    }
}

/// As std's. An unwind leaves no scope half changed: no cell of it is borrowed while user code runs.
impl RefUnwindSafe for Scope<'_, '_> {}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.shared.live.borrow().len();
        f.debug_struct("Scope").field("live", &live).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").field("thread", self.thread()).finish_non_exhaustive()
    }
}

impl<In, Out, T> fmt::Debug for ScopedResumeHandle<'_, In, Out, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedResumeHandle").field("thread", self.thread()).finish_non_exhaustive()
    }
}
