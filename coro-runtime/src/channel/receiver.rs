//! The end of a channel from which messages come.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

use super::chan::NotReceived;
use super::clock::ClockEnd;
use super::ends::ReceivingEnd;
use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::iter::{IntoIter, Iter, TryIter};
use crate::sched::choice::{Branch, Candidate, Enlisted, Key};
use crate::sched::wait::{self, Never, Outcome};

/// Receives messages from a channel; clones receive from the same one, and each message goes to one of them.
///
/// It may be shared and sent to other OS threads if the messages may be sent there, as crossbeam-channel's. When the last
/// clone is dropped, the messages that are left are dropped, and senders get theirs back.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let (sender, receiver) = coro::channel::unbounded();
///     let other = receiver.clone();
///     let sum = coro::thread::spawn(move || other.iter().sum::<u32>());
///     for number in 1..=100 {
///         sender.send(number).unwrap();
///         coro::thread::yield_now();
///     }
///     drop(sender);
///     let rest: u32 = receiver.iter().sum();
///     assert_eq!(rest + sum.join().unwrap(), 5050);
/// });
/// ```
pub struct Receiver<T> {
    pub(super) flavor: Flavor<T>,
}

/// Where the messages come from.
pub(super) enum Flavor<T> {
    /// Senders.
    Chan(ReceivingEnd<T>),
    /// The clock.
    Clock(ClockEnd<T>),
    /// Nowhere.
    Never(Nothing),
}

/// What a choice sees of a receiver to which nobody sends.
#[derive(Clone, Copy)]
pub(super) struct Nothing;

impl Branch for Nothing {
    fn attempt(&self) -> Option<Key> {
        None
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        drop(candidate);
        Enlisted::Waiting(0)
    }

    fn withdraw(&self, _key: Key) {}

    fn abandon(&self, _key: Key) {}
}

// As crossbeam-channel's: no code of the messages runs inside.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    /// Waits for a message and returns it.
    ///
    /// # Errors
    /// If the channel is empty and all senders are gone.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. A message that was handed over before is returned first, so none is lost.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, receiver) = coro::channel::unbounded();
    ///     coro::thread::spawn(move || sender.send("hello").unwrap());
    ///     assert_eq!(receiver.recv(), Ok("hello"));
    ///     assert!(receiver.recv().is_err()); // its only sender is gone
    /// });
    /// ```
    #[inline(always)]
    pub fn recv(&self) -> Result<T, RecvError> {
        match &self.flavor {
            Flavor::Chan(end) => end.chan().receive(None),
            other => other.receive_slowly(None),
        }
        .map_err(|_| RecvError)
    }

    /// Receives a message if there is one.
    ///
    /// There is one as well if somebody waits to send into a channel without room. If that is a `select!`, its message is
    /// made only now, and this call waits until that has happened: the one case in which it waits.
    ///
    /// # Errors
    /// If there is none, or if the channel is empty and all senders are gone.
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{TryRecvError, unbounded};
    /// let (sender, receiver) = unbounded();
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(5).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Ok(5));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    /// ```
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let received = match &self.flavor {
            Flavor::Chan(end) => end.chan().try_receive(),
            Flavor::Clock(end) => end.try_receive(),
            Flavor::Never(_) => Err(NotReceived::Empty),
        };
        received.map_err(|error| match error {
            NotReceived::Empty | NotReceived::TimedOut => TryRecvError::Empty,
            NotReceived::Closed => TryRecvError::Disconnected,
        })
    }

    /// As [`recv`](Self::recv), but waits for at most `timeout`.
    ///
    /// # Errors
    /// If no message came in time, or if the channel is empty and all senders are gone.
    ///
    /// # Interruption
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use coro::channel::{RecvTimeoutError, unbounded};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (_sender, receiver) = unbounded::<u32>();
    ///     let error = receiver.recv_timeout(Duration::from_millis(1));
    ///     assert_eq!(error, Err(RecvTimeoutError::Timeout));
    /// });
    /// ```
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(wait::deadline_after(timeout))
    }

    /// As [`recv`](Self::recv), but waits no longer than until `deadline` by the loop's clock.
    ///
    /// # Errors
    /// As [`recv_timeout`](Self::recv_timeout).
    ///
    /// # Interruption
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (_sender, receiver) = coro::channel::unbounded::<u32>();
    ///     assert!(receiver.recv_deadline(coro::time::now()).unwrap_err().is_timeout());
    /// });
    /// ```
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(deadline))
    }

    fn recv_until(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        let received = match &self.flavor {
            Flavor::Chan(end) => end.chan().receive(deadline),
            other => other.receive_slowly(deadline),
        };
        received.map_err(|error| match error {
            NotReceived::Empty | NotReceived::TimedOut => RecvTimeoutError::Timeout,
            NotReceived::Closed => RecvTimeoutError::Disconnected,
        })
    }

    /// Whether no message lies in the channel. One without room is always empty.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = coro::channel::unbounded();
    /// assert!(receiver.is_empty());
    /// sender.send(1).unwrap();
    /// assert!(!receiver.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another message. A channel without room is always full.
    ///
    /// # Examples
    /// ```
    /// let (_sender, receiver) = coro::channel::bounded::<u32>(0);
    /// assert!(receiver.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        match &self.flavor {
            Flavor::Chan(end) => end.chan().is_full(),
            Flavor::Clock(end) => end.is_ready(),
            Flavor::Never(_) => true,
        }
    }

    /// How many messages lie in the channel.
    ///
    /// # Examples
    /// ```
    /// let (sender, receiver) = coro::channel::unbounded();
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.flavor {
            Flavor::Chan(end) => end.chan().len(),
            Flavor::Clock(end) => usize::from(end.is_ready()),
            Flavor::Never(_) => 0,
        }
    }

    /// How many messages the channel has room for; none if there is no bound.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::channel::bounded::<u32>(5).1.capacity(), Some(5));
    /// assert_eq!(coro::channel::never::<u32>().capacity(), Some(0));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        match &self.flavor {
            Flavor::Chan(end) => end.chan().capacity(),
            Flavor::Clock(_) => Some(1),
            Flavor::Never(_) => Some(0),
        }
    }

    /// The messages as they come, until all senders are gone; it waits for each.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let (sender, receiver) = coro::channel::bounded(0);
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
    /// let (sender, receiver) = coro::channel::unbounded();
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// assert!(receiver.try_iter().eq([1, 2]));
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }

    /// Whether both receive from the same channel.
    ///
    /// # Examples
    /// ```
    /// let (_sender, receiver) = coro::channel::unbounded::<u32>();
    /// assert!(receiver.same_channel(&receiver.clone()));
    /// assert!(!receiver.same_channel(&coro::channel::never()));
    /// ```
    #[must_use]
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        match (&self.flavor, &other.flavor) {
            (Flavor::Chan(one), Flavor::Chan(other)) => one.is_same(other),
            (Flavor::Clock(one), Flavor::Clock(other)) => one.is_same(other),
            (Flavor::Never(_), Flavor::Never(_)) => true,
            _ => false,
        }
    }

    pub(super) fn branch(&self) -> &dyn Branch {
        match &self.flavor {
            Flavor::Chan(end) => end,
            Flavor::Clock(end) => end,
            Flavor::Never(nothing) => nothing,
        }
    }

    /// Takes what a choice has found here.
    pub(super) fn complete(&self, key: Key) -> Result<T, RecvError> {
        let received = match &self.flavor {
            Flavor::Chan(end) => end.chan().complete_receive(key),
            Flavor::Clock(end) => end.complete_receive(key),
            Flavor::Never(_) => None,
        };
        received.ok_or(RecvError)
    }
}

impl<T> Flavor<T> {
    /// Receives from anything but senders.
    #[cold]
    fn receive_slowly(&self, deadline: Option<Instant>) -> Result<T, NotReceived> {
        if let Flavor::Clock(end) = self {
            wait::spend_operation();
            return end.receive(deadline);
        }
        loop {
            match wait::on(&mut Never, deadline) {
                Outcome::Fired => {}
                Outcome::TimedOut => return Err(NotReceived::TimedOut),
                Outcome::Interrupted(interrupt) => interrupt.raise(),
            }
        }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Receiver<T> {
        let flavor = match &self.flavor {
            Flavor::Chan(end) => Flavor::Chan(end.clone()),
            Flavor::Clock(end) => Flavor::Clock(end.clone()),
            Flavor::Never(nothing) => Flavor::Never(*nothing),
        };
        Receiver { flavor }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
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
