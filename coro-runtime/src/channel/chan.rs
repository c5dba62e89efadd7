//! A channel with its lock: what threads and choices do at its two ends. The protocol is told in `state.rs`.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::line::Wake;
use super::state::{Collected, Completed, Put, Returned, State, Take};
use crate::sched::choice::{Candidate, Key};
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// What both ends share.
pub(super) struct Chan<T> {
    state: Mutex<State<T>>,
    /// How many messages may lie in it; none if there is no bound.
    capacity: Option<usize>,
    /// How many handles each end has. Who drops the last one closes the end (`ends.rs`).
    pub(super) senders: AtomicUsize,
    pub(super) receivers: AtomicUsize,
}

/// Why nothing was sent.
pub(super) enum NotSent<T> {
    Full(T),
    TimedOut(T),
    Closed(T),
}

impl<T> NotSent<T> {
    pub(super) fn into_message(self) -> T {
        match self {
            NotSent::Full(message) | NotSent::TimedOut(message) | NotSent::Closed(message) => {
                message
            }
        }
    }
}

/// Why nothing was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotReceived {
    Empty,
    TimedOut,
    Closed,
}

impl<T> Chan<T> {
    pub(super) fn new(capacity: Option<usize>) -> Chan<T> {
        Chan {
            state: Mutex::new(State::new(capacity.unwrap_or(usize::MAX))),
            capacity,
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
        }
    }

    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something under the lock, and then wakes whom that concerns.
    #[inline]
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut State<T>, &mut Wake) -> R) -> R {
        let mut wake = Wake::default();
        let result = act(&mut self.lock(), &mut wake);
        wake.wake();
        result
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.lock().is_full()
    }

    #[inline]
    pub(super) fn try_send(&self, message: T) -> Result<(), NotSent<T>> {
        match self.with(|state, wake| state.put(message, wake)) {
            Put::Done => Ok(()),
            Put::Full(message) => Err(NotSent::Full(message)),
            Put::Closed(message) => Err(NotSent::Closed(message)),
        }
    }

    #[inline]
    pub(super) fn send(&self, message: T, deadline: Option<Instant>) -> Result<(), NotSent<T>> {
        if self.capacity.is_some() {
            wait::spend_operation();
        }
        match self.try_send(message) {
            Err(NotSent::Full(message)) => self.send_slowly(message, deadline),
            outcome => outcome,
        }
    }

    #[cold]
    fn send_slowly(&self, message: T, deadline: Option<Instant>) -> Result<(), NotSent<T>> {
        let mut departure =
            Departure { chan: self, key: None, message: Some(message), outcome: None };
        loop {
            let outcome = wait::on(&mut departure, deadline);
            if let Some(outcome) = departure.outcome.take() {
                return outcome;
            }
            match outcome {
                Outcome::Fired => {}
                Outcome::TimedOut => {
                    let message = departure.message.take();
                    return Err(NotSent::TimedOut(message.expect("it was not sent")));
                }
                Outcome::Interrupted(interrupt) => interrupt.raise(),
            }
        }
    }

    #[inline]
    pub(super) fn try_receive(&self) -> Result<T, NotReceived> {
        match self.with(|state, wake| state.take(wake)) {
            Take::Message(message) => Ok(message),
            Take::Empty => Err(NotReceived::Empty),
            Take::Closed => Err(NotReceived::Closed),
            Take::Chooser => self.receive_promised(),
        }
    }

    #[inline(always)]
    pub(super) fn receive(&self, deadline: Option<Instant>) -> Result<T, NotReceived> {
        wait::spend_operation();
        match self.with(|state, wake| state.take(wake)) {
            Take::Message(message) => Ok(message),
            Take::Closed => Err(NotReceived::Closed),
            Take::Empty | Take::Chooser => self.receive_slowly(deadline, false),
        }
    }

    /// Receives what a choice has promised, if the first in line to send is still one.
    #[cold]
    fn receive_promised(&self) -> Result<T, NotReceived> {
        self.receive_slowly(None, true)
    }

    // Each frame between a public call and the switch costs a mispredicted return.
    #[inline(always)]
    fn receive_slowly(
        &self,
        deadline: Option<Instant>,
        only_promise: bool,
    ) -> Result<T, NotReceived> {
        let mut arrival = Arrival { chan: self, key: None, only_promise, outcome: None };
        loop {
            let outcome = wait::on(&mut arrival, deadline);
            if let Some(outcome) = arrival.outcome.take() {
                return outcome;
            }
            match outcome {
                Outcome::Fired => {}
                Outcome::TimedOut => return Err(NotReceived::TimedOut),
                Outcome::Interrupted(interrupt) => interrupt.raise(),
            }
        }
    }

    /// Takes the message that lies under a chosen key; none if the channel is closed.
    pub(super) fn complete_receive(&self, key: Key) -> Option<T> {
        match self.lock().collect(key) {
            Collected::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Sends the message of a choice.
    pub(super) fn complete_send(&self, key: Key, message: T) -> Result<(), NotSent<T>> {
        match self.with(|state, wake| state.complete_send(key, message, wake)) {
            Completed::Sent => Ok(()),
            Completed::Refused(message) => Err(NotSent::Closed(message)),
            Completed::Again(message) => self.send(message, None),
        }
    }
}

/// Fires when a message was handed over, or none will come.
struct Arrival<'a, T> {
    chan: &'a Chan<T>,
    key: Option<Key>,
    /// Waits only for what a choice has promised.
    only_promise: bool,
    outcome: Option<Result<T, NotReceived>>,
}

impl<T> Arrival<'_, T> {
    /// Notes what came of the wait; whether that is an end of it.
    fn note(&mut self, collected: Collected<T>) -> bool {
        self.outcome = match collected {
            Collected::Message(message) => Some(Ok(message)),
            Collected::Closed => Some(Err(NotReceived::Closed)),
            Collected::Nothing if self.only_promise => Some(Err(NotReceived::Empty)),
            Collected::Annulled => return true,
            Collected::Nothing => None,
        };
        self.outcome.is_some()
    }
}

impl<T> Clause for Arrival<'_, T> {
    const WHAT: &'static str = "a message of a channel";

    fn register(&mut self, waiter: Waiter) {
        let only_promise = self.only_promise;
        let entered = self.chan.with(|state, wake| {
            state.wait_to_receive(Candidate::single(waiter), only_promise, wake)
        });
        match entered {
            Ok(key) => self.key = Some(key),
            Err((collected, candidate)) => {
                self.note(collected);
                candidate.into_waiter().wake();
            }
        }
    }

    fn deregister(&mut self) -> bool {
        let Some(key) = self.key.take() else { return true };
        let collected = self.chan.lock().collect(key);
        match collected {
            // It was declined: the interrupt or the deadline decides.
            Collected::Nothing => false,
            collected => self.note(collected),
        }
    }
}

impl<T> Drop for Arrival<'_, T> {
    fn drop(&mut self) {
        // Only an unwind out of the wait itself leaves something here.
        if let Some(Ok(message)) = self.outcome.take() {
            drop(self.chan.with(|state, wake| state.give_back(message, wake)));
        }
    }
}

/// Fires when the message was taken, or nobody will take it.
struct Departure<'a, T> {
    chan: &'a Chan<T>,
    key: Option<Key>,
    message: Option<T>,
    outcome: Option<Result<(), NotSent<T>>>,
}

impl<T> Clause for Departure<'_, T> {
    const WHAT: &'static str = "room in a channel";

    fn register(&mut self, waiter: Waiter) {
        let message = self.message.take().expect("it was not sent");
        let (put, waiter) = self.chan.with(|state, wake| match state.put(message, wake) {
            Put::Full(message) => {
                self.key = Some(state.wait_to_send(message, Candidate::single(waiter), wake));
                (None, None)
            }
            put => (Some(put), Some(waiter)),
        });
        self.outcome = match put {
            Some(Put::Closed(message)) => Some(Err(NotSent::Closed(message))),
            Some(_) => Some(Ok(())),
            None => None,
        };
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    fn deregister(&mut self) -> bool {
        let Some(key) = self.key.take() else { return true };
        let returned = self.chan.lock().take_back(key);
        self.outcome = match returned {
            Returned::Sent => Some(Ok(())),
            Returned::Refused(message) => Some(Err(NotSent::Closed(message))),
            Returned::Unsent(message) => {
                self.message = Some(message);
                None
            }
        };
        self.outcome.is_some()
    }
}
