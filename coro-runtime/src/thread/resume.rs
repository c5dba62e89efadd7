//! Threads that are resumed with values: `ResumeRoutine` makes one, `ResumeHandle` resumes it.
//!
//! The way of the values is told in `exchange.rs`. What is here gives it its types and its errors.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::Deref;
use std::rc::Rc;

use super::builder::Builder;
use super::exchange::{Beginning, End, Refused, Reply, Resumer, rendezvous};
use super::handle::{JoinHandle, is_panic};
use crate::coroutine::{CoroutineState, Yielder};
use crate::error::{JoinError, ResumeError, ResumeErrorKind};
use crate::sched::record::Name;
use crate::sched::{StackWish, unwind};
use crate::time;

/// The function of a thread that is resumed.
type Body<'a, In, Out, R> = Box<dyn FnOnce(&Yielder<In, Out>, In) -> R + 'a>;

/// A function with its arguments bound, not yet running, whose thread will be resumed with values of type `In` and give
/// out values of type `Out`.
///
/// It is what a `#[coro::thread]` function returns whose first parameter is a [`Yielder`], and what
/// [`from_fn`](Self::from_fn) makes of a closure. It does nothing until [`.spawn()`](Self::spawn). It may borrow for
/// `'a` and returns an `R`.
///
/// # Examples
/// ```
/// use coro::CoroutineState::{Complete, Yielded};
/// use coro::thread::ResumeRoutine;
///
/// fn averager(label: &'static str) -> ResumeRoutine<'static, f64, f64, usize> {
///     let routine = ResumeRoutine::from_fn(|cx: &coro::Yielder<f64, f64>, first| {
///         let (mut sum, mut n, mut x) = (0.0, 0, first);
///         while x.is_finite() {
///             sum += x;
///             n += 1;
///             x = cx.suspend(sum / n as f64);
///         }
///         n
///     });
///     routine.named(label)
/// }
///
/// # fn main() -> Result<(), coro::ResumeError<f64>> {
/// coro::run(|| {
///     let mut average = averager("latency").spawn();
///     assert_eq!(average.resume(10.0)?, Yielded(10.0));
///     assert_eq!(average.resume(20.0)?, Yielded(15.0));
///     assert_eq!(average.resume(f64::NAN)?, Complete(2));
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "a routine does nothing until spawned"]
pub struct ResumeRoutine<'a, In, Out, R> {
    body: Body<'a, In, Out, R>,
    name: Name,
    stack: StackWish,
}

impl<'a, In, Out, R> ResumeRoutine<'a, In, Out, R> {
    /// Makes a routine of a function, without the attribute: the first resume gives it its second argument.
    ///
    /// # Examples
    /// ```
    /// use coro::CoroutineState::Yielded;
    /// coro::run(|| {
    ///     let doubler = coro::thread::ResumeRoutine::from_fn(|cx: &coro::Yielder<u32, u32>, first| {
    ///         let mut n = first;
    ///         loop { n = cx.suspend(2 * n) }
    ///     });
    ///     let mut doubler = doubler.spawn();
    ///     assert_eq!(doubler.resume(1).unwrap(), Yielded::<u32, ()>(2));
    ///     assert_eq!(doubler.resume(21).unwrap(), Yielded(42));
    /// });
    /// ```
    pub fn from_fn(
        body: impl FnOnce(&Yielder<In, Out>, In) -> R + 'a,
    ) -> ResumeRoutine<'a, In, Out, R> {
        ResumeRoutine { body: Box::new(body), name: Name::None, stack: StackWish::default() }
    }

    pub(crate) fn with_name(
        name: Name,
        body: Body<'a, In, Out, R>,
    ) -> ResumeRoutine<'a, In, Out, R> {
        ResumeRoutine { body, name, stack: StackWish::default() }
    }

    /// Names the thread that the routine will be, instead of after its function.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| {
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<u32, u32>, first| first);
    ///     let mut handle = routine.named("echo").spawn();
    ///     assert_eq!(handle.thread().name(), Some("echo"));
    ///     handle.resume(1).unwrap();
    ///     let error = handle.resume(2).unwrap_err();
    ///     assert_eq!(error.to_string(), "thread 'echo' has ended and takes no more values; make a new one");
    /// });
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> ResumeRoutine<'a, In, Out, R> {
        self.name = Name::from(name.into());
        self
    }

    /// Sets the least stack size of the thread in bytes; see [`Builder::stack_size`].
    ///
    /// # Examples
    /// ```
    /// use coro::CoroutineState::Complete;
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| {
    ///     let large = ResumeRoutine::from_fn(|_: &coro::Yielder<u8, ()>, byte| {
    ///         let large = [byte; 512 * 1024]; // more than a whole stack of the default size
    ///         std::hint::black_box(&large).len()
    ///     });
    ///     let mut handle = large.stack_size(2 * 1024 * 1024).spawn();
    ///     assert_eq!(handle.resume(1).unwrap(), Complete(512 * 1024));
    /// });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> ResumeRoutine<'a, In, Out, R> {
        self.stack.size = Some(bytes);
        self
    }

    /// Sets the least size of the guard below the thread's stack in bytes; see [`Builder::guard_size`].
    ///
    /// # Examples
    /// ```
    /// use coro::CoroutineState::Complete;
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| {
    ///     let guarded = ResumeRoutine::from_fn(|_: &coro::Yielder<u8, ()>, byte| byte);
    ///     let mut handle = guarded.guard_size(128 * 1024).spawn();
    ///     assert_eq!(handle.resume(7).unwrap(), Complete(7));
    /// });
    /// ```
    pub fn guard_size(mut self, bytes: usize) -> ResumeRoutine<'a, In, Out, R> {
        self.stack.guard = Some(bytes);
        self
    }
}

impl<In: 'static, Out: 'static, R: 'static> ResumeRoutine<'static, In, Out, R> {
    /// Spawns the thread in the loop of this OS thread. Its function begins at the first resume.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    ///
    /// # Examples
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    /// coro::run(|| {
    ///     let begun = Rc::new(Cell::new(false));
    ///     let routine = coro::thread::ResumeRoutine::from_fn({
    ///         let begun = begun.clone();
    ///         move |_: &coro::Yielder<(), ()>, ()| begun.set(true)
    ///     });
    ///     let mut handle = routine.spawn();
    ///     coro::thread::yield_now();
    ///     assert!(!begun.get());
    ///     handle.resume(()).unwrap();
    ///     assert!(begun.get());
    /// });
    /// ```
    #[track_caller]
    pub fn spawn(self) -> ResumeHandle<In, Out, R> {
        let Parts { builder, resumer, body, end } = self.into_parts();
        match builder.spawn_with_last(body, end) {
            Ok(join) => ResumeHandle { resumer, join },
            Err(error) => panic!("failed to spawn a thread: {error}"),
        }
    }
}

/// What a thread that is resumed is made of.
pub(super) struct Parts<F, In, Out> {
    pub(super) builder: Builder,
    pub(super) resumer: Resumer<In, Out>,
    pub(super) body: F,
    /// To be dropped on the thread once its result is there.
    pub(super) end: End<In, Out>,
}

impl<'a, In: 'static, Out: 'static, R> ResumeRoutine<'a, In, Out, R> {
    pub(super) fn into_parts(self) -> Parts<impl FnOnce() -> R + 'a, In, Out>
    where
        R: 'a,
    {
        let ResumeRoutine { body, name, stack } = self;
        let (resumer, beginning, end) = rendezvous();
        let builder = Builder::new().named(name).stack(stack);
        Parts { builder, resumer, body: move || first_frame(beginning, body), end }
    }
}

/// Waits for the first resume and runs the function, or drops it unrun.
fn first_frame<In: 'static, Out: 'static, R>(
    beginning: Beginning<In, Out>,
    body: Body<'_, In, Out, R>,
) -> R {
    let resumed = beginning.begin();
    match resumed.next() {
        Ok(first) => body(&Yielder::of_thread(Rc::new(resumed)), first),
        Err(interrupt) => {
            // What the function captured may wait in its destructor, as it could if it had never been spawned.
            time::shield(|| unwind::drop_quietly(body));
            interrupt.raise()
        }
    }
}

impl<In, Out, R> fmt::Debug for ResumeRoutine<'_, In, Out, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeRoutine")
            .field("name", &self.name.get())
            .field("stack", &self.stack)
            .finish_non_exhaustive()
    }
}

/// The means to resume a thread with values, and the permission to join on it.
///
/// It dereferences to the thread's [`JoinHandle`], so the thread can be killed, raised at and looked at through it. It
/// can be used by a thread of the same loop, of another loop, and by a plain OS thread, which then blocks; for the
/// latter two, `In`, `Out` and `R` must be `Send`.
///
/// When the handle is gone and the thread waits to be resumed, now or later, the thread is killed; a value that was
/// [scheduled](Self::schedule) before is taken first. So dropping the handle of a thread that has not begun drops its
/// function unrun. A handle that is forgotten with [`std::mem::forget`] leaves the thread waiting until its loop ends.
///
/// With `In = ()` it is an iterator over what the thread gives out. A panic of the thread goes on in the thread that
/// iterates. The end of the function ends the iteration, as does a kill or a raise; how it was is for
/// [`join`](Self::join) to tell.
///
/// # Interruption
/// Iterating waits as [`resume`](Self::resume) does.
///
/// # Examples
/// ```
/// use coro::thread::{ResumeRoutine, sleep};
/// use std::time::Duration;
///
/// fn numbers(count: u32) -> ResumeRoutine<'static, (), u32, &'static str> {
///     ResumeRoutine::from_fn(move |cx: &coro::Yielder<(), u32>, ()| {
///         for n in 0..count {
///             sleep(Duration::from_millis(1)); // other threads run meanwhile
///             cx.suspend(n);
///         }
///         "no more"
///     })
/// }
///
/// coro::run(|| {
///     let mut sum = 0;
///     for n in numbers(5).spawn() {
///         sum += n;
///     }
///     assert_eq!(sum, 10);
///
///     let mut three = numbers(3).spawn();
///     assert!(three.by_ref().eq([0, 1, 2]));
///     assert_eq!(three.join().unwrap(), "no more");
/// });
/// ```
///
/// A thread that takes or gives what is not `Send` cannot be resumed from another OS thread:
/// ```compile_fail
/// use std::rc::Rc;
/// fn send<T: Send>(_: T) {}
/// coro::run(|| send(coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<Rc<()>, ()>, _| ()).spawn()));
/// ```
#[doc(alias = "generator")]
pub struct ResumeHandle<In, Out, R> {
    /// Before `join`, so that the thread is told first.
    resumer: Resumer<In, Out>,
    join: JoinHandle<R>,
}

impl<In, Out, R> ResumeHandle<In, Out, R> {
    /// Hands `value` to the thread, and waits until it answers by giving a value out, or ends.
    ///
    /// If a [scheduled](Self::schedule) value has not been taken yet, this waits for that first. The thread may sleep,
    /// do I/O and wait for others before it answers. After [`Complete`](CoroutineState::Complete) the result is gone:
    /// [`join`](Self::join) has an error to give then.
    ///
    /// # Errors
    /// [`is_done`](ResumeError::is_done) if the thread has ended before, or returned without taking `value` because an
    /// earlier one was enough for it; its result is then left for [`join`](Self::join).
    /// [`is_running`](ResumeError::is_running) if the thread resumes itself. [`is_panic`](ResumeError::is_panic),
    /// [`is_killed`](ResumeError::is_killed) or [`is_raised`](ResumeError::is_raised) if the thread ended so instead of
    /// answering. A value that was not taken comes back in the error.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. If the value was handed over by then, the thread gets it, and its answer is
    /// dropped; otherwise the value is dropped.
    ///
    /// # Examples
    /// ```
    /// use coro::CoroutineState::{Complete, Yielded};
    /// coro::run(|| {
    ///     let greeter = coro::thread::ResumeRoutine::from_fn(|cx: &coro::Yielder<&str, String>, name| {
    ///         let second = cx.suspend(format!("hello {name}"));
    ///         format!("goodbye {second}")
    ///     });
    ///     let mut greeter = greeter.spawn();
    ///     assert_eq!(greeter.resume("world").unwrap(), Yielded("hello world".to_owned()));
    ///     assert_eq!(greeter.resume("moon").unwrap(), Complete("goodbye moon".to_owned()));
    ///     let refused = greeter.resume("sun").unwrap_err();
    ///     assert!(refused.is_done());
    ///     assert_eq!(refused.into_value(), Some("sun"));
    /// });
    /// ```
    #[doc(alias = "send")]
    pub fn resume(&mut self, value: In) -> Result<CoroutineState<Out, R>, ResumeError<In>> {
        self.means().resume(value)
    }

    /// Hands `value` to the thread and does not wait: nobody gets the answer, which is dropped.
    ///
    /// The original manual calls it `schedule (coroutine, args)`.
    ///
    /// # Errors
    /// [`is_pending`](ResumeError::is_pending) if the thread has not taken the value before;
    /// [`is_done`](ResumeError::is_done) if it has ended. The value comes back in the error.
    ///
    /// # Examples
    /// ```
    /// use coro::CoroutineState::Yielded;
    /// coro::run(|| {
    ///     let counter = coro::thread::ResumeRoutine::from_fn(|cx: &coro::Yielder<u32, u32>, first| {
    ///         let mut sum = first;
    ///         loop { sum += cx.suspend(sum) }
    ///     });
    ///     let mut counter = counter.spawn();
    ///     counter.schedule(1).unwrap();
    ///     let refused = counter.schedule(2).unwrap_err(); // the thread has not run yet
    ///     assert!(refused.is_pending());
    ///     assert_eq!(refused.into_value(), Some(2));
    ///     assert_eq!(counter.resume(3).unwrap(), Yielded::<u32, ()>(4)); // the answer to the 3
    /// });
    /// ```
    pub fn schedule(&mut self, value: In) -> Result<(), ResumeError<In>> {
        self.means().schedule(value)
    }

    /// Waits for the thread to end and returns its result; see [`JoinHandle::join`].
    ///
    /// The handle is gone then, so a thread that waits to be resumed, now or later, is killed.
    ///
    /// # Errors
    /// The thread panicked, was killed, or was raised at and did not catch it; or an earlier resume has returned its
    /// result or its error, and none of the predicates of the [`JoinError`] holds.
    ///
    /// # Panics
    /// If a thread joins itself, which would wait for ever.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the thread is detached then.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::ResumeRoutine;
    /// coro::run(|| {
    ///     let routine = || ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, first| first);
    ///     let mut scheduled = routine().spawn();
    ///     scheduled.schedule(7).unwrap();
    ///     assert_eq!(scheduled.join().unwrap(), 7);
    ///
    ///     assert!(routine().spawn().join().unwrap_err().is_killed()); // nobody could resume it any more
    ///
    ///     let mut resumed = routine().spawn();
    ///     resumed.resume(7).unwrap(); // this brought the result
    ///     let error = resumed.join().unwrap_err();
    ///     assert!(!error.is_panic() && !error.is_killed() && !error.is_raised());
    /// });
    /// ```
    #[track_caller]
    pub fn join(self) -> Result<R, JoinError> {
        let ResumeHandle { resumer, join } = self;
        drop(resumer);
        join.join()
    }

    fn means(&mut self) -> Means<'_, In, Out, R> {
        Means { resumer: &mut self.resumer, join: &mut self.join }
    }
}

impl<In, Out, R> Deref for ResumeHandle<In, Out, R> {
    type Target = JoinHandle<R>;

    fn deref(&self) -> &JoinHandle<R> {
        &self.join
    }
}

impl<Out, R> Iterator for ResumeHandle<(), Out, R> {
    type Item = Out;

    fn next(&mut self) -> Option<Out> {
        self.means().next()
    }
}

impl<Out, R> FusedIterator for ResumeHandle<(), Out, R> {}

impl<In, Out, R> fmt::Debug for ResumeHandle<In, Out, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeHandle").field("thread", self.thread()).finish_non_exhaustive()
    }
}

/// What every kind of handle resumes with.
pub(super) struct Means<'a, In, Out, R> {
    pub(super) resumer: &'a mut Resumer<In, Out>,
    pub(super) join: &'a mut JoinHandle<R>,
}

impl<In, Out, R> Means<'_, In, Out, R> {
    pub(super) fn resume(mut self, value: In) -> Result<CoroutineState<Out, R>, ResumeError<In>> {
        if self.join.thread().is_current() {
            return Err(self.refused(ResumeErrorKind::Running, value));
        }
        if self.join.is_finished() {
            return Err(self.refused(ResumeErrorKind::Finished, value));
        }
        match self.resumer.ask(value) {
            Reply::Answer(out) => Ok(CoroutineState::Yielded(out)),
            Reply::End(untaken) => self.conclude(untaken),
        }
    }

    /// What a resume says during which the thread has ended.
    fn conclude(&mut self, untaken: Option<In>) -> Result<CoroutineState<Out, R>, ResumeError<In>> {
        let returned = matches!(self.join.peek(), Some(Ok(_)));
        match untaken {
            Some(value) if returned => Err(self.refused(ResumeErrorKind::Finished, value)),
            untaken => self.outcome(untaken),
        }
    }

    /// Takes the outcome of a thread that has ended.
    fn outcome(&mut self, untaken: Option<In>) -> Result<CoroutineState<Out, R>, ResumeError<In>> {
        let outcome = self.join.try_take();
        let outcome = outcome.expect("the end is told after the result, and it is not taken twice");
        outcome.map(CoroutineState::Complete).map_err(|payload| {
            let ending = JoinError::from_unwind(payload, self.join.thread().described());
            ResumeError::ended(ending, self.subject()).with_untaken(untaken)
        })
    }

    pub(super) fn schedule(self, value: In) -> Result<(), ResumeError<In>> {
        if self.join.is_finished() {
            return Err(self.refused(ResumeErrorKind::Finished, value));
        }
        self.resumer.schedule(value).map_err(|refused| match refused {
            Refused::Full(value) => self.refused(ResumeErrorKind::Pending, value),
            Refused::Ended(value) => self.refused(ResumeErrorKind::Finished, value),
        })
    }

    fn refused(&self, kind: ResumeErrorKind, value: In) -> ResumeError<In> {
        ResumeError::refused(kind, self.subject(), value)
    }

    /// What errors call the thread.
    fn subject(&self) -> String {
        format!("thread {}", self.join.thread().described())
    }
}

impl<Out, R> Means<'_, (), Out, R> {
    /// What the thread gives out next; none at its end. Goes on with its panic.
    pub(super) fn next(self) -> Option<Out> {
        assert!(!self.join.thread().is_current(), "{} cannot iterate over itself", self.subject());
        if !self.join.is_finished()
            && let Reply::Answer(out) = self.resumer.ask(())
        {
            return Some(out);
        }
        if self.join.peek().is_some_and(is_panic)
            && let Some(Err(payload)) = self.join.try_take()
        {
            unwind::resume(payload);
        }
        None
    }
}
