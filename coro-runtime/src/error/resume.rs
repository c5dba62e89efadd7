//! Why a resume was refused, or brought an end.

use std::fmt;
use std::io;

use super::JoinError;

/// A resume that was refused, or that brought an end instead of a value.
///
/// A refused value is in it: [`into_value`](Self::into_value) gives it back. If the value was taken, and then the
/// coroutine or thread was killed, raised at or (a thread) panicked, the [`source`](std::error::Error::source) is a
/// [`JoinError`] that says how. If there was [no stack](Self::is_no_stack), it is an [`io::Error`] that says why.
///
/// # Examples
/// ```
/// use coro::thread::ResumeRoutine;
/// coro::run(|| {
///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, first| first);
///     let mut thread = routine.named("once").spawn();
///     assert!(thread.resume(1).is_ok());
///     let refused = thread.resume(2).unwrap_err();
///     assert_eq!(refused.to_string(), "thread 'once' has ended and takes no more values; make a new one");
///     assert_eq!(refused.into_value(), Some(2));
/// });
/// ```
pub struct ResumeError<In> {
    kind: ResumeErrorKind,
    /// What was refused.
    value: Option<In>,
    /// What messages call the coroutine or the thread.
    subject: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ResumeErrorKind {
    #[error("has ended and takes no more values; make a new one")]
    Finished,
    #[error("runs already; only one that waits to be resumed can be")]
    Running,
    #[error("waits inside a thread that is parked; resume it when that thread goes on")]
    Parked,
    #[error("belongs to another OS thread or another loop; resume it there")]
    Foreign,
    #[error("takes no {given} now: {wanted} is what it waits for")]
    Mismatch { wanted: &'static str, given: &'static str },
    #[error("cannot go on with a {wanted}: its inputs are of another type")]
    WrongInput { wanted: &'static str },
    #[error("unwinds or is inside a shield, so nothing can be raised at it now")]
    Shielded,
    #[error(
        "cannot be reached so: transfers and the way to main begin in a coroutine, and this is a thread's own stack; use resume"
    )]
    Outside,
    #[error(
        "has not taken the value that was scheduled before; yield first, or resume, which waits"
    )]
    Pending,
    #[error("cannot start: {0}")]
    NoStack(#[source] io::Error),
    #[error("ended instead of yielding")]
    Ended(#[source] JoinError),
}

impl<In> ResumeError<In> {
    /// The error of a resume that was refused.
    pub(crate) fn refused(kind: ResumeErrorKind, subject: String, value: In) -> ResumeError<In> {
        ResumeError { kind, value: Some(value), subject }
    }

    /// The error of a resume whose value was taken.
    pub(crate) fn ended(ending: JoinError, subject: String) -> ResumeError<In> {
        ResumeError { kind: ResumeErrorKind::Ended(ending), value: None, subject }
    }

    /// Puts the value in that was not taken before the end came.
    pub(crate) fn with_untaken(mut self, value: Option<In>) -> ResumeError<In> {
        self.value = value;
        self
    }

    /// Takes back the value that was refused; none if it was taken before the end came.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::{ResumeRoutine, yield_now};
    /// coro::run(|| {
    ///     let routine = || ResumeRoutine::from_fn(|_: &coro::Yielder<String, ()>, _| coro::thread::current().kill());
    ///     let mut thread = routine().spawn();
    ///     thread.kill(); // before it has begun
    ///     let error = thread.resume("back".to_owned()).unwrap_err();
    ///     assert_eq!(error.into_value().as_deref(), Some("back"));
    ///
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<String, ()>, _| coro::thread::park());
    ///     let mut thread = routine.spawn();
    ///     thread.schedule("taken".to_owned()).unwrap();
    ///     yield_now();
    ///     thread.kill(); // while it runs
    ///     assert_eq!(thread.resume("untaken".to_owned()).unwrap_err().into_value().as_deref(), Some("untaken"));
    /// });
    /// ```
    pub fn into_value(self) -> Option<In> {
        self.value
    }

    /// Whether it had ended before: the original manual calls that *stale*.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut thread = coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| ()).spawn();
    ///     thread.resume(()).unwrap(); // its function returns
    ///     assert!(thread.resume(()).unwrap_err().is_done());
    /// });
    /// ```
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Finished)
    }

    /// Whether it runs: it is the caller itself.
    ///
    /// # Examples
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use coro::thread::{ResumeHandle, ResumeRoutine};
    /// coro::run(|| {
    ///     let own = Rc::new(RefCell::new(None::<ResumeHandle<u32, (), ()>>));
    ///     let routine = ResumeRoutine::from_fn({
    ///         let own = own.clone();
    ///         move |_: &coro::Yielder<u32, ()>, _| {
    ///             let mut handle = own.take().expect("it was put there");
    ///             assert!(handle.resume(2).unwrap_err().is_running()); // it would wait for itself
    ///         }
    ///     });
    ///     let mut handle = routine.spawn();
    ///     handle.schedule(1).unwrap();
    ///     own.replace(Some(handle));
    ///     coro::thread::yield_now();
    ///     assert!(own.borrow().is_none());
    /// });
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Running)
    }

    /// Whether it waits for something else inside a thread that is parked. Never so for a thread, whose resumer waits.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut thread = coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| ()).spawn();
    ///     thread.resume(()).unwrap();
    ///     assert!(!thread.resume(()).unwrap_err().is_parked()); // it has ended
    /// });
    /// ```
    #[must_use]
    pub fn is_parked(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Parked)
    }

    /// Whether it belongs to another OS thread or another loop. Never so for a thread, which can be resumed from there.
    ///
    /// # Examples
    /// ```
    /// let mut ended = coro::run(|| coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| ()).spawn());
    /// let refused = ended.resume(()).unwrap_err(); // outside its loop, which has ended
    /// assert!(refused.is_done() && !refused.is_foreign());
    /// ```
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Foreign)
    }

    /// Whether it waits for a value of another type. Never so for a thread, whose handle has the type.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut thread = coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| ()).spawn();
    ///     thread.resume(()).unwrap();
    ///     assert!(!thread.resume(()).unwrap_err().is_mismatch()); // it has ended
    /// });
    /// ```
    #[must_use]
    pub fn is_mismatch(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Mismatch { .. } | ResumeErrorKind::WrongInput { .. })
    }

    /// Whether nothing can be raised at it now, because it unwinds or is inside a [`shield`](crate::shield).
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, Yielder};
    /// coro::run(|| {
    ///     let saver = Coroutine::new(|cx: &Yielder<(), ()>, ()| coro::shield(|| cx.suspend(())));
    ///     saver.resume(()).unwrap();
    ///     let refused = saver.raise("not now").unwrap_err();
    ///     assert!(refused.is_shielded());
    ///     assert_eq!(refused.into_value(), Some("not now"));
    ///     saver.resume(()).unwrap();
    /// });
    /// ```
    #[must_use]
    pub fn is_shielded(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Shielded)
    }

    /// Whether a transfer, or a way to main, was tried on a thread's own stack, which is no coroutine.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine;
    /// let refused = coroutine::main::<_, ()>("back to where I am").unwrap_err();
    /// assert!(refused.is_outside());
    /// ```
    #[must_use]
    pub fn is_outside(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Outside)
    }

    /// Whether a value that was scheduled before has not been taken yet.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut thread = coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, _| ()).spawn();
    ///     thread.schedule(1).unwrap();
    ///     assert!(thread.schedule(2).unwrap_err().is_pending()); // the thread has not run meanwhile
    /// });
    /// ```
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::Pending)
    }

    /// Whether no stack was to be had for a coroutine, whose first resume takes one; the
    /// [`source`](std::error::Error::source) is the [`io::Error`] that says why: `InvalidInput` for a size out of range,
    /// `OutOfMemory` otherwise.
    ///
    /// The coroutine has not started, and can be resumed again when there is more memory. Never so for a thread, which has
    /// its stack from the spawn on.
    ///
    /// # Examples
    /// ```
    /// use std::{error::Error, io};
    /// use coro::coroutine::{Coroutine, Yielder};
    /// let tiny = Coroutine::with_stack_size(1000, |_: &Yielder<&str, ()>, _| ());
    /// let refused = tiny.resume("not lost").unwrap_err();
    /// assert!(refused.is_no_stack() && !tiny.is_started());
    /// let reason = refused.source().and_then(|source| source.downcast_ref::<io::Error>());
    /// assert_eq!(reason.map(io::Error::kind), Some(io::ErrorKind::InvalidInput));
    /// assert_eq!(refused.into_value(), Some("not lost"));
    /// ```
    #[must_use]
    pub fn is_no_stack(&self) -> bool {
        matches!(self.kind, ResumeErrorKind::NoStack(_))
    }

    /// Whether it was killed during this resume.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::{ResumeRoutine, current, yield_now};
    /// coro::run(|| {
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| {
    ///         current().kill();
    ///         yield_now(); // the kill arrives here
    ///     });
    ///     assert!(routine.spawn().resume(()).unwrap_err().is_killed());
    /// });
    /// ```
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.ending().is_some_and(JoinError::is_killed)
    }

    /// Whether it ended, during this resume, by something raised at it that it did not catch.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::{ResumeRoutine, current, yield_now};
    /// coro::run(|| {
    ///     let routine = ResumeRoutine::from_fn(|_: &coro::Yielder<(), ()>, ()| {
    ///         current().raise("enough");
    ///         yield_now(); // it arrives here
    ///     });
    ///     assert!(routine.spawn().resume(()).unwrap_err().is_raised());
    /// });
    /// ```
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.ending().is_some_and(JoinError::is_raised)
    }

    /// Whether it panicked during this resume. A coroutine's panic goes on in whoever resumed it instead.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let routine = coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<u32, ()>, n| 10 / n);
    ///     assert!(routine.spawn().resume(0).unwrap_err().is_panic());
    /// });
    /// ```
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.ending().is_some_and(JoinError::is_panic)
    }

    fn ending(&self) -> Option<&JoinError> {
        match &self.kind {
            ResumeErrorKind::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// How it ended during this resume.
    ///
    /// # Errors
    /// Gives the error back if it did not.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let routine = coro::thread::ResumeRoutine::from_fn(|_: &coro::Yielder<u8, ()>, n| std::panic::panic_any(n));
    ///     let mut thread: coro::thread::ResumeHandle<u8, (), ()> = routine.spawn();
    ///     let ending = thread.resume(7).unwrap_err().into_join_error().unwrap();
    ///     assert_eq!(ending.downcast_ref(), Some(&7_u8));
    ///     assert!(thread.resume(8).unwrap_err().into_join_error().is_err()); // it had ended before
    /// });
    /// ```
    pub fn into_join_error(self) -> Result<JoinError, ResumeError<In>> {
        match self.kind {
            ResumeErrorKind::Ended(ending) => Ok(ending),
            kind => Err(ResumeError { kind, ..self }),
        }
    }
}

impl<In> fmt::Debug for ResumeError<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `unwrap` and a failing main show: the cause belongs to it.
        match self.ending() {
            Some(ending) => write!(f, "ResumeError({self}: {ending})"),
            None => write!(f, "ResumeError({self})"),
        }
    }
}

impl<In> fmt::Display for ResumeError<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.kind)
    }
}

impl<In> std::error::Error for ResumeError<In> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.kind)
    }
}
