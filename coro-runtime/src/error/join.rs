//! Why a join has no result to give.

use std::any::Any;
use std::fmt;

use crate::payload::{Payload, Unwind, UnwindKind};

/// Why [`JoinHandle::join`](crate::thread::JoinHandle::join) has no result to give.
///
/// The thread panicked, was killed, or was raised at and did not catch it; or it was
/// [resumed](crate::thread::ResumeHandle::resume), and a resume has returned its result, in which case none of the
/// predicates holds. Code written for the boxed payload of
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
    #[error("has ended, and its result went to an earlier resume")]
    Taken,
}

impl JoinError {
    /// Sorts the payload that arrived at a thread's root.
    pub(crate) fn from_unwind(payload: Box<dyn Any + Send>, thread: String) -> JoinError {
        let kind = match payload.downcast::<Unwind>() {
            Ok(unwind) => match unwind.into_kind() {
                UnwindKind::Raise(_, inner) | UnwindKind::CoroutineRaise(_, inner) => {
                    JoinErrorKind::Raise(Payload::new(inner))
                }
                // A timeout's unwind is taken by its frame, which lies below the root.
                UnwindKind::Kill(_) | UnwindKind::CoroutineKill(_) | UnwindKind::Timeout(_) => {
                    JoinErrorKind::Kill
                }
            },
            Err(panic) => JoinErrorKind::Panic(Payload::new(panic)),
        };
        JoinError { kind, thread }
    }

    /// The error of a join after a resume that returned the result.
    pub(crate) fn taken(thread: String) -> JoinError {
        JoinError { kind: JoinErrorKind::Taken, thread }
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
            JoinErrorKind::Kill | JoinErrorKind::Taken => {
                unreachable!("these carry nothing, so `is` was false")
            }
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
            JoinErrorKind::Kill | JoinErrorKind::Taken => None,
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
