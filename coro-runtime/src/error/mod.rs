//! The error types: opaque outside, a private kind inside, predicates to ask.

mod join;
mod resume;
mod socket;
mod thread;

use std::fmt;
use std::io;

pub use join::JoinError;
pub use resume::ResumeError;
pub(crate) use resume::ResumeErrorKind;
pub use socket::SocketError;
pub(crate) use socket::{no_connection, unwinding, zero_duration};
pub use thread::ThreadError;

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

/// A value of a [`LocalKey`](crate::thread::LocalKey) that is being destroyed, or was, because its thread ends.
///
/// The counterpart of [`std::thread::AccessError`].
///
/// # Examples
/// ```
/// use coro::thread::AccessError;
/// coro::local!(static NAME: String = String::from("local"));
///
/// fn name() -> Result<String, AccessError> {
///     NAME.try_with(String::clone)
/// }
///
/// coro::run(|| assert_eq!(name(), Ok("local".to_owned())));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the thread has destroyed its value, as it is about to end")]
#[non_exhaustive]
pub struct AccessError;

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
