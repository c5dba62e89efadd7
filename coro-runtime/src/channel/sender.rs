//! The end of a channel to which messages go.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

use super::chan::NotSent;
use super::ends::SendingEnd;
use super::error::{SendError, SendTimeoutError, TrySendError};
use crate::sched::wait;

/// Sends messages into a channel; clones send into the same one.
///
/// It may be shared and sent to other OS threads if the messages may be sent there, as crossbeam-channel's. When the last
/// clone is dropped, receivers get what is left and are then told that no more will come.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let (sender, receiver) = coro::channel::bounded(1);
///     for number in 0..3 {
///         let sender = sender.clone();
///         coro::thread::spawn(move || sender.send(number).unwrap());
///     }
///     drop(sender);
///     assert_eq!(receiver.iter().sum::<i32>(), 3); // it ends when the last sender is gone
/// });
/// ```
///
/// Messages that must stay on their OS thread keep the ends there:
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(coro::channel::unbounded::<std::rc::Rc<()>>().0);
/// ```
pub struct Sender<T> {
    pub(super) end: SendingEnd<T>,
}

// As crossbeam-channel's: no code of the messages runs inside.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> Sender<T> {
    /// Sends a message, and waits while there is no room for it.
    ///
    /// A channel without room (capacity 0) waits for somebody who receives. An unbounded channel never waits, so this may
    /// be called in a destructor or with a `RefCell` borrowed.
    ///
    /// # Errors
    /// The message, if all receivers are gone.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, and the message is dropped. One that a receiver had got before is sent.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, receiver) = coro::channel::bounded(1);
    ///     sender.send(1).unwrap();
    ///     let second = coro::thread::spawn(move || sender.send(2)); // there is no room for it yet
    ///     coro::thread::yield_now();
    ///     assert_eq!(receiver.recv(), Ok(1));
    ///     assert_eq!(receiver.recv(), Ok(2));
    ///     assert_eq!(second.join().unwrap(), Ok(()));
    /// });
    /// ```
    #[inline]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.end.chan().send(message, None).map_err(|error| SendError(error.into_message()))
    }

    /// Sends a message if that needs no wait: if there is room, or somebody waits to receive it.
    ///
    /// # Errors
    /// The message, if there is neither, or if all receivers are gone.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{TrySendError, bounded};
    /// let (sender, receiver) = bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.end.chan().try_send(message).map_err(|error| match error {
            NotSent::Full(message) | NotSent::TimedOut(message) => TrySendError::Full(message),
            NotSent::Closed(message) => TrySendError::Disconnected(message),
        })
    }

    /// As [`send`](Self::send), but waits for at most `timeout`.
    ///
    /// # Errors
    /// The message, if there was no room in time, or if all receivers are gone.
    ///
    /// # Interruption
    /// As [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{SendTimeoutError, bounded};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (sender, _receiver) = bounded(0);
    ///     let error = sender.send_timeout("nobody listens", Duration::from_millis(1));
    ///     assert_eq!(error, Err(SendTimeoutError::Timeout("nobody listens")));
    /// });
    /// ```
    pub fn send_timeout(&self, message: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(message, wait::deadline_after(timeout))
    }

    /// As [`send`](Self::send), but waits no longer than until `deadline` by the loop's clock.
    ///
    /// # Errors
    /// As [`send_timeout`](Self::send_timeout).
    ///
    /// # Interruption
    /// As [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, _receiver) = coro::channel::bounded(0);
    ///     let error = sender.send_deadline("nobody listens", coro::time::now()).unwrap_err();
    ///     assert!(error.is_timeout());
    /// });
    /// ```
    pub fn send_deadline(&self, message: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(message, Some(deadline))
    }

    fn send_until(&self, message: T, deadline: Option<Instant>) -> Result<(), SendTimeoutError<T>> {
        self.end.chan().send(message, deadline).map_err(|error| match error {
            NotSent::Full(message) | NotSent::TimedOut(message) => {
                SendTimeoutError::Timeout(message)
            }
            NotSent::Closed(message) => SendTimeoutError::Disconnected(message),
        })
    }

    /// Whether no message lies in the channel. One without room is always empty.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = coro::channel::unbounded();
    /// assert!(sender.is_empty());
    /// sender.send(1).unwrap();
    /// assert!(!sender.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another message. A channel without room is always full.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = coro::channel::bounded(1);
    /// assert!(!sender.is_full());
    /// sender.send(1).unwrap();
    /// assert!(sender.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.end.chan().is_full()
    }

    /// How many messages lie in the channel.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = coro::channel::unbounded();
    /// sender.send(1).unwrap();
    /// assert_eq!(sender.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.end.chan().len()
    }

    /// How many messages the channel has room for; none if there is no bound.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::channel::bounded::<u32>(5).0.capacity(), Some(5));
    /// assert_eq!(coro::channel::unbounded::<u32>().0.capacity(), None);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.end.chan().capacity()
    }

    /// Whether both send into the same channel.
    ///
    /// # Examples
    /// ```
    /// let (sender, _receiver) = coro::channel::unbounded::<u32>();
    /// assert!(sender.same_channel(&sender.clone()));
    /// assert!(!sender.same_channel(&coro::channel::unbounded().0));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        self.end.is_same(&other.end)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        Sender { end: self.end.clone() }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}
