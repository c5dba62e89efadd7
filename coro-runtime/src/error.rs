//! The error types: opaque outside, a private kind inside, predicates to ask.

use std::any::Any;
use std::fmt;
use std::io;

use crate::payload::{Payload, Unwind};

/// Why [`JoinHandle::join`](crate::thread::JoinHandle::join) has no result to give.
///
/// The thread panicked, was killed, or was raised at and did not catch it. Code written for the boxed payload of
/// std's `join` compiles: [`is`](Self::is), [`downcast`](Self::downcast) and [`downcast_ref`](Self::downcast_ref)
/// look at what the panic or the raise carried.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let error = coro::thread::spawn(|| panic!("boom")).join().unwrap_err();
///     assert!(error.is_panic());
///     assert_eq!(error.downcast_ref::<&str>(), Some(&"boom"));
/// });
/// ```
pub struct JoinError {
    kind: JoinErrorKind,
    thread: String,
}

#[derive(Debug, thiserror::Error)]
enum JoinErrorKind {
    #[error("panicked")]
    Panic(Payload),
    #[error("was killed")]
    Kill,
    #[error("was raised at and did not catch it")]
    Raise(Payload),
}

impl JoinError {
    /// Sorts the payload that arrived at a thread's root.
    pub(crate) fn from_unwind(payload: Box<dyn Any + Send>, thread: String) -> JoinError {
        let kind = match payload.downcast::<Unwind>() {
            Ok(unwind) => match *unwind {
                Unwind::Raise(inner) => JoinErrorKind::Raise(Payload::new(inner)),
                // A timeout's unwind is taken by its frame, which lies below the root.
                Unwind::Kill | Unwind::Timeout(_) => JoinErrorKind::Kill,
            },
            Err(panic) => JoinErrorKind::Panic(Payload::new(panic)),
        };
        JoinError { kind, thread }
    }

    /// Whether the thread panicked.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let panicked = coro::thread::spawn(|| panic!("boom")).join().unwrap_err();
    ///     assert!(panicked.is_panic());
    ///     let parked = coro::thread::spawn(coro::thread::park);
    ///     parked.kill();
    ///     assert!(!parked.join().unwrap_err().is_panic()); // a kill is no panic
    /// });
    /// ```
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.kind, JoinErrorKind::Panic(_))
    }

    /// Whether the thread was killed.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let sleeper = coro::thread::spawn(|| coro::thread::sleep(std::time::Duration::MAX));
    ///     sleeper.kill();
    ///     assert!(sleeper.join().unwrap_err().is_killed());
    /// });
    /// ```
    #[must_use]
    pub fn is_killed(&self) -> bool {
        matches!(self.kind, JoinErrorKind::Kill)
    }

    /// Whether the thread ended by something raised at it that it did not catch.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let parked = coro::thread::spawn(coro::thread::park);
    ///     parked.raise(7_u32);
    ///     let error = parked.join().unwrap_err();
    ///     assert!(error.is_raised());
    ///     assert_eq!(error.downcast_ref::<u32>(), Some(&7));
    /// });
    /// ```
    #[must_use]
    pub fn is_raised(&self) -> bool {
        matches!(self.kind, JoinErrorKind::Raise(_))
    }

    /// Whether the panic or the raise carried a `T`.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let error = coro::thread::spawn(|| std::panic::panic_any(404_u16)).join().unwrap_err();
    ///     assert!(error.is::<u16>());
    ///     assert!(!error.is::<&str>());
    /// });
    /// ```
    #[must_use]
    pub fn is<T: Any>(&self) -> bool {
        self.payload().is_some_and(Payload::is::<T>)
    }

    /// What the panic or the raise carried, if it is a `T`.
    ///
    /// # Examples
    /// ```
    /// #[derive(Debug, PartialEq)]
    /// struct OutOfPaper { tray: u8 }
    ///
    /// coro::run(|| {
    ///     let printer = coro::thread::spawn(coro::thread::park);
    ///     printer.raise(OutOfPaper { tray: 2 });
    ///     let error = printer.join().unwrap_err();
    ///     assert_eq!(error.downcast_ref(), Some(&OutOfPaper { tray: 2 }));
    /// });
    /// ```
    #[must_use]
    pub fn downcast_ref<T: Any + Sync>(&self) -> Option<&T> {
        self.payload()?.downcast_ref()
    }

    /// Takes out what the panic or the raise carried.
    ///
    /// # Errors
    /// Gives the error back if it carried no `T`.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let error = coro::thread::spawn(|| std::panic::panic_any(5_u8)).join().unwrap_err();
    ///     let error = error.downcast::<String>().unwrap_err();
    ///     assert_eq!(*error.downcast::<u8>().unwrap(), 5);
    /// });
    /// ```
    pub fn downcast<T: Any>(self) -> Result<Box<T>, JoinError> {
        if !self.is::<T>() {
            return Err(self);
        }
        let inner = match self.kind {
            JoinErrorKind::Panic(payload) | JoinErrorKind::Raise(payload) => payload.into_inner(),
            JoinErrorKind::Kill => unreachable!("a kill carries nothing, so `is` was false"),
        };
        Ok(inner.downcast().unwrap_or_else(|_| unreachable!("`is` has looked at the type")))
    }

    /// The payload in the form std's `join` gives it, to be passed to [`coro::panic::resume_unwind`](crate::panic::resume_unwind).
    ///
    /// For a thread that was killed or raised at, the payload is this error itself.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let error = coro::thread::spawn(|| panic!("boom")).join().unwrap_err();
    ///     assert!(error.into_panic().is::<&str>());
    /// });
    /// ```
    #[must_use]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.kind {
            JoinErrorKind::Panic(payload) => payload.into_inner(),
            kind => Box::new(JoinError { kind, thread: self.thread }),
        }
    }

    fn payload(&self) -> Option<&Payload> {
        match &self.kind {
            JoinErrorKind::Panic(payload) | JoinErrorKind::Raise(payload) => Some(payload),
            JoinErrorKind::Kill => None,
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinError").field(&format_args!("{self}")).finish()
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread {} {}", self.thread, self.kind)?;
        match self.payload().and_then(Payload::text) {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for JoinError {}

/// The time given to a [`timeout`](crate::timeout) or a timed wait has passed.
///
/// It converts into an [`io::Error`] of kind [`TimedOut`](io::ErrorKind::TimedOut).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::run(|| {
///     let error = coro::timeout(Duration::ZERO, coro::thread::park).unwrap_err();
///     assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::TimedOut);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time limit has passed")]
#[non_exhaustive]
pub struct TimeoutError;

impl From<TimeoutError> for io::Error {
    fn from(error: TimeoutError) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, error)
    }
}

/// A value given to a [`Cond`](crate::Cond) that no thread was waiting for; it holds the value.
///
/// The counterpart of the original manual's `CoroutineCondError`.
///
/// # Examples
/// ```
/// let cond = coro::Cond::new();
/// assert_eq!(cond.wake_one("news").unwrap_err().into_inner(), "news");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no thread waits on this condition")]
pub struct CondError<T> {
    value: T,
}

impl<T> CondError<T> {
    pub(crate) fn new(value: T) -> CondError<T> {
        CondError { value }
    }

    /// Takes the value back.
    ///
    /// # Examples
    /// ```
    /// let cond = coro::Cond::new();
    /// let refused = cond.wake_one(vec![1, 2]).unwrap_err();
    /// assert_eq!(refused.into_inner(), [1, 2]); // refused, but not lost
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> fmt::Debug for CondError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CondError").finish_non_exhaustive()
    }
}

/// The error of an operation that would have to wait while its thread unwinds.
pub(crate) fn unwinding() -> io::Error {
    io::Error::other("the thread is unwinding, so this operation cannot wait")
}

/// The error of a duration of zero where std refuses one too.
pub(crate) fn zero_duration() -> io::Error {
    let message = "cannot set a 0 duration timeout; pass None for no timeout";
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
