//! Channels with one receiver, shaped after [`std::sync::mpsc`], on top of [`coro::channel`](crate::channel).
//!
//! A thread that has to wait is parked; an OS thread outside any loop is blocked. The ends work between threads of one
//! loop, of several loops, and plain OS threads at once. The errors are std's own types.
//!
//! ```
//! use coro::sync::mpsc;
//! coro::run(|| {
//!     let (sender, receiver) = mpsc::channel();
//!     for number in 1..=3 {
//!         let sender = sender.clone();
//!         coro::thread::spawn(move || sender.send(number).unwrap());
//!     }
//!     drop(sender);
//!     assert_eq!(receiver.iter().sum::<u32>(), 6);
//! });
//! ```

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::RefUnwindSafe;
use std::time::Duration;

use crate::channel;

pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

/// Makes a channel with room for any number of messages, as [`std::sync::mpsc::channel`].
///
/// # Examples
/// ```
/// coro::run(|| {
///     let (sender, receiver) = coro::sync::mpsc::channel();
///     coro::thread::spawn(move || sender.send(40 + 2).unwrap());
///     assert_eq!(receiver.recv(), Ok(42));
/// });
/// ```
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = channel::unbounded();
    (Sender(sender), Receiver::new(receiver))
}

/// Makes a channel with room for `bound` messages, as [`std::sync::mpsc::sync_channel`].
///
/// With a bound of 0, each `send` waits until its message was received.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let (sender, receiver) = coro::sync::mpsc::sync_channel(0);
///     let meeting = coro::thread::spawn(move || sender.send("hand to hand").unwrap());
///     coro::thread::yield_now();
///     assert!(!meeting.is_finished()); // nobody receives yet
///     assert_eq!(receiver.recv(), Ok("hand to hand"));
/// });
/// ```
#[must_use]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (sender, receiver) = channel::bounded(bound);
    (SyncSender(sender), Receiver::new(receiver))
}

/// The sending end of [`channel()`], as [`std::sync::mpsc::Sender`].
///
/// # Examples
/// ```
/// fn assert_send_and_sync<T: Send + Sync>() {}
/// assert_send_and_sync::<coro::sync::mpsc::Sender<u32>>();
/// ```
/// ```compile_fail
/// fn assert_send<T: Send>() {}
/// assert_send::<coro::sync::mpsc::Sender<std::rc::Rc<()>>>();
/// ```
pub struct Sender<T>(channel::Sender<T>);

/// The sending end of [`sync_channel()`], as [`std::sync::mpsc::SyncSender`].
///
/// # Examples
/// ```
/// fn assert_send_and_sync<T: Send + Sync>() {}
/// assert_send_and_sync::<coro::sync::mpsc::SyncSender<u32>>();
/// ```
pub struct SyncSender<T>(channel::Sender<T>);

/// The receiving end, as [`std::sync::mpsc::Receiver`]; there is one for each channel.
///
/// # Examples
/// ```
/// fn assert_send<T: Send>() {}
/// assert_send::<coro::sync::mpsc::Receiver<u32>>();
/// ```
/// It is not shared, as std's:
/// ```compile_fail
/// fn assert_sync<T: Sync>() {}
/// assert_sync::<coro::sync::mpsc::Receiver<u32>>();
/// ```
pub struct Receiver<T> {
    inner: channel::Receiver<T>,
    /// As std's: `Send`, but not `Sync`.
    not_sync: PhantomData<Cell<()>>,
}

// As std's: no code of the messages runs inside.
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Sender<T> {
    /// Sends a message. It never waits.
    ///
    /// # Errors
    /// The message, if the receiver is gone.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = coro::sync::mpsc::channel();
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.recv(), Ok(1));
    /// drop(receiver);
    /// assert_eq!(sender.send(2).unwrap_err().0, 2);
    /// ```
    #[inline]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0.send(message).map_err(|error| SendError(error.0))
    }
}

impl<T> SyncSender<T> {
    /// Sends a message, and waits while there is no room for it.
    ///
    /// # Errors
    /// The message, if the receiver is gone.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, and the message is dropped. One that the receiver had got before is sent.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, receiver) = coro::sync::mpsc::sync_channel(1);
    ///     coro::thread::spawn(move || (0..3).for_each(|number| sender.send(number).unwrap()));
    ///     assert!(receiver.iter().eq([0, 1, 2]));
    /// });
    /// ```
    #[inline]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0.send(message).map_err(|error| SendError(error.0))
    }

    /// Sends a message if that needs no wait.
    ///
    /// # Errors
    /// The message, if there is neither room nor a receiver that waits, or if the receiver is gone.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::mpsc::{TrySendError, sync_channel};
    /// let (sender, _receiver) = sync_channel(1);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// ```
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(message).map_err(|error| match error {
            channel::TrySendError::Full(message) => TrySendError::Full(message),
            channel::TrySendError::Disconnected(message) => TrySendError::Disconnected(message),
        })
    }
}

impl<T> Receiver<T> {
    fn new(inner: channel::Receiver<T>) -> Receiver<T> {
        Receiver { inner, not_sync: PhantomData }
    }

    /// Waits for a message and returns it.
    ///
    /// # Errors
    /// If there is none and all senders are gone.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. A message that was handed over before is returned first, so none is lost.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, receiver) = coro::sync::mpsc::channel();
    ///     coro::thread::spawn(move || sender.send("hello").unwrap());
    ///     assert_eq!(receiver.recv(), Ok("hello"));
    ///     assert!(receiver.recv().is_err()); // its only sender is gone
    /// });
    /// ```
    #[inline(always)]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.inner.recv().map_err(|_| RecvError)
    }

    /// Receives a message if there is one. It never waits.
    ///
    /// # Errors
    /// If there is none, or none will come because all senders are gone.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::mpsc::{TryRecvError, channel};
    /// let (sender, receiver) = channel();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(5).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Ok(5));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.inner.try_recv().map_err(|error| match error {
            channel::TryRecvError::Empty => TryRecvError::Empty,
            channel::TryRecvError::Disconnected => TryRecvError::Disconnected,
        })
    }

    /// As [`recv`](Self::recv), but waits for at most `timeout` by the loop's clock.
    ///
    /// # Errors
    /// If no message came in time, or if there is none and all senders are gone.
    ///
    /// # Interruption
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::mpsc::{RecvTimeoutError, channel};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (_sender, receiver) = channel::<u32>();
    ///     let error = receiver.recv_timeout(Duration::from_millis(1));
    ///     assert_eq!(error, Err(RecvTimeoutError::Timeout));
    /// });
    /// ```
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.inner.recv_timeout(timeout).map_err(|error| match error {
            channel::RecvTimeoutError::Timeout => RecvTimeoutError::Timeout,
            channel::RecvTimeoutError::Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    /// The messages as they come, until all senders are gone; it waits for each.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, receiver) = coro::sync::mpsc::sync_channel(0);
    ///     coro::thread::spawn(move || (0..3).for_each(|number| sender.send(number).unwrap()));
    ///     assert!(receiver.iter().eq([0, 1, 2]));
    /// });
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// The messages that are there now; it ends when there is none.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = coro::sync::mpsc::channel();
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// assert!(receiver.try_iter().eq([1, 2]));
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

/// The messages of a borrowed receiver, as they come; made by [`Receiver::iter`].
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// drop(sender);
/// let messages: coro::sync::mpsc::Iter<'_, i32> = receiver.iter();
/// assert!(messages.eq([1]));
/// ```
#[derive(Debug)]
pub struct Iter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
}

/// The messages that are there already; made by [`Receiver::try_iter`].
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// let messages: coro::sync::mpsc::TryIter<'_, i32> = receiver.try_iter();
/// assert!(messages.eq([1]));
/// ```
#[derive(Debug)]
pub struct TryIter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
}

/// The messages of a receiver that the iterator owns, as they come.
///
/// # Examples
/// ```
/// let (sender, receiver) = coro::sync::mpsc::channel();
/// sender.send(1).unwrap();
/// drop(sender);
/// let messages: coro::sync::mpsc::IntoIter<i32> = receiver.into_iter();
/// assert!(messages.eq([1]));
/// ```
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        Sender(self.0.clone())
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> SyncSender<T> {
        SyncSender(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
