//! What can go wrong at a channel, with the names and the messages of crossbeam-channel.

use std::error;
use std::fmt;

/// The channel is disconnected, so the message could not be sent; here it is.
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::channel::unbounded();
/// drop(receiver);
/// assert_eq!(sender.send("too late").unwrap_err().into_inner(), "too late");
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub struct SendError<T>(pub T);

/// The message could not be sent without waiting; here it is.
///
/// # Examples
/// ```
/// use coro::channel::TrySendError;
/// let (sender, _receiver) = coro::channel::bounded(1);
/// sender.try_send(1).unwrap();
/// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub enum TrySendError<T> {
    /// There is no room, or nobody receives from a channel without any.
    Full(T),
    /// All receivers are gone.
    Disconnected(T),
}

/// The message could not be sent in time; here it is.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// let (sender, _receiver) = coro::channel::bounded(0);
/// let error = sender.send_timeout("nobody listens", Duration::from_millis(1)).unwrap_err();
/// assert!(error.is_timeout());
/// assert_eq!(error.into_inner(), "nobody listens");
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub enum SendTimeoutError<T> {
    /// There was no room in time, or nobody received from a channel without any.
    Timeout(T),
    /// All receivers are gone.
    Disconnected(T),
}

/// The channel is empty and disconnected: no message will come.
///
/// # Examples
/// ```
/// use coro::channel::RecvError;
/// let (sender, receiver) = coro::channel::unbounded::<u32>();
/// drop(sender);
/// assert_eq!(receiver.recv(), Err(RecvError));
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub struct RecvError;

/// No message could be received without waiting.
///
/// # Examples
/// ```
/// use coro::channel::TryRecvError;
/// let (sender, receiver) = coro::channel::unbounded::<u32>();
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
/// drop(sender);
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub enum TryRecvError {
    /// There is no message yet.
    Empty,
    /// No message will come: all senders are gone.
    Disconnected,
}

/// No message could be received in time.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// let (_sender, receiver) = coro::channel::unbounded::<u32>();
/// assert!(receiver.recv_timeout(Duration::from_millis(1)).unwrap_err().is_timeout());
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub enum RecvTimeoutError {
    /// There was no message in time.
    Timeout,
    /// No message will come: all senders are gone.
    Disconnected,
}

/// Nothing that was chosen from could be had without waiting.
///
/// # Examples
/// ```
/// use coro::channel::{Select, TrySelectError, never};
/// let receiver = never::<u32>();
/// let mut select = Select::new();
/// select.recv(&receiver);
/// assert_eq!(select.try_select().unwrap_err(), TrySelectError);
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub struct TrySelectError;

/// Nothing that was chosen from could be had in time.
///
/// # Examples
/// ```
/// use coro::channel::{Select, SelectTimeoutError, never};
/// use std::time::Duration;
/// let receiver = never::<u32>();
/// let mut select = Select::new();
/// select.recv(&receiver);
/// assert_eq!(select.select_timeout(Duration::from_millis(1)).unwrap_err(), SelectTimeoutError);
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub struct SelectTimeoutError;

/// Nothing that was asked about is ready.
///
/// # Examples
/// ```
/// use coro::channel::{Select, TryReadyError, never};
/// let receiver = never::<u32>();
/// let mut select = Select::new();
/// select.recv(&receiver);
/// assert_eq!(select.try_ready().unwrap_err(), TryReadyError);
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub struct TryReadyError;

/// Nothing that was asked about was ready in time.
///
/// # Examples
/// ```
/// use coro::channel::{ReadyTimeoutError, Select, never};
/// use std::time::Duration;
/// let receiver = never::<u32>();
/// let mut select = Select::new();
/// select.recv(&receiver);
/// assert_eq!(select.ready_timeout(Duration::from_millis(1)).unwrap_err(), ReadyTimeoutError);
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub struct ReadyTimeoutError;

const CLOSED_TO_SEND: &str = "sending on a disconnected channel";
const CLOSED_TO_RECEIVE: &str = "receiving on an empty and disconnected channel";
const NOTHING_IN_TIME: &str = "timed out waiting on select";
const NOTHING_NOW: &str = "all operations in select would block";

impl<T> SendError<T> {
    /// The message.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::channel::SendError("news").into_inner(), "news");
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> TrySendError<T> {
    /// The message.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::channel::TrySendError::Full("news").into_inner(), "news");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            TrySendError::Full(message) | TrySendError::Disconnected(message) => message,
        }
    }

    /// Whether there was no room.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::TrySendError::Full("news").is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        matches!(self, TrySendError::Full(_))
    }

    /// Whether all receivers are gone.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::TrySendError::Disconnected("news").is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, TrySendError::Disconnected(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The message.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::channel::SendTimeoutError::Timeout("news").into_inner(), "news");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            SendTimeoutError::Timeout(message) | SendTimeoutError::Disconnected(message) => message,
        }
    }

    /// Whether the time ran out.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::SendTimeoutError::Timeout("news").is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, SendTimeoutError::Timeout(_))
    }

    /// Whether all receivers are gone.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::SendTimeoutError::Disconnected("news").is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, SendTimeoutError::Disconnected(_))
    }
}

impl TryRecvError {
    /// Whether there was no message yet.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::TryRecvError::Empty.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        matches!(self, TryRecvError::Empty)
    }

    /// Whether all senders are gone.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::TryRecvError::Disconnected.is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, TryRecvError::Disconnected)
    }
}

impl RecvTimeoutError {
    /// Whether the time ran out.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::RecvTimeoutError::Timeout.is_timeout());
    /// ```
    pub fn is_timeout(&self) -> bool {
        matches!(self, RecvTimeoutError::Timeout)
    }

    /// Whether all senders are gone.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::channel::RecvTimeoutError::Disconnected.is_disconnected());
    /// ```
    pub fn is_disconnected(&self) -> bool {
        matches!(self, RecvTimeoutError::Disconnected)
    }
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(error: SendError<T>) -> TrySendError<T> {
        TrySendError::Disconnected(error.0)
    }
}

impl<T> From<SendError<T>> for SendTimeoutError<T> {
    fn from(error: SendError<T>) -> SendTimeoutError<T> {
        SendTimeoutError::Disconnected(error.0)
    }
}

impl From<RecvError> for TryRecvError {
    fn from(_: RecvError) -> TryRecvError {
        TryRecvError::Disconnected
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(_: RecvError) -> RecvTimeoutError {
        RecvTimeoutError::Disconnected
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_full() { "Full(..)" } else { "Disconnected(..)" })
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SendTimeoutError(..)")
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CLOSED_TO_SEND)
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_full() { "sending on a full channel" } else { CLOSED_TO_SEND })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_timeout() {
            "timed out waiting on send operation"
        } else {
            CLOSED_TO_SEND
        })
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CLOSED_TO_RECEIVE)
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_empty() { "receiving on an empty channel" } else { CLOSED_TO_RECEIVE })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_timeout() {
            "timed out waiting on receive operation"
        } else {
            "channel is empty and disconnected"
        })
    }
}

impl fmt::Display for TrySelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NOTHING_NOW)
    }
}

impl fmt::Display for SelectTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NOTHING_IN_TIME)
    }
}

impl<T: Send> error::Error for SendError<T> {}
impl<T: Send> error::Error for TrySendError<T> {}
impl<T: Send> error::Error for SendTimeoutError<T> {}
impl error::Error for RecvError {}
impl error::Error for TryRecvError {}
impl error::Error for RecvTimeoutError {}
impl error::Error for TrySelectError {}
impl error::Error for SelectTimeoutError {}
