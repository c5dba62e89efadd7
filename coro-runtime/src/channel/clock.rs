//! The receivers to which the clock sends: once (`after`, `at`) or again and again (`tick`).
//!
//! Nothing runs for them. A message comes about when somebody looks and its time has come, so a receiver that nobody asks
//! costs nothing. The clock is the loop's, or the system's for an OS thread outside any loop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use slab::Slab;

use super::chan::NotReceived;
use crate::list::List;
use crate::sched::choice::{self, Arm, Branch, Candidate, Enlisted, Key, Preference};
use crate::sched::wait::{self, Waiter};

/// A handle of a receiver of the clock's messages.
pub(super) struct ClockEnd<T> {
    clock: Arc<Mutex<Clock>>,
    /// `T` is `Instant` wherever one of these is made; this says so without a cast.
    message: fn(Instant) -> T,
}

struct Clock {
    /// When the next message is due; none when the only one was taken.
    next: Option<Instant>,
    /// How long it is from one message to the next; none if there is but one.
    period: Option<Duration>,
    /// The message for which somebody began to wait before it was due.
    awaited: Option<Instant>,
    /// What choices have taken and not completed.
    taken: Slab<Instant>,
    /// Who waits, in case that something taken comes back.
    waiters: List<Waiter>,
}

impl Clock {
    fn take(&mut self, now: Instant) -> Option<Instant> {
        let due = self.next.filter(|due| *due <= now)?;
        self.next = self.period.and_then(|period| self.next_after(due, period, now));
        Some(due)
    }

    /// Who waited for a message gets the next one a period after it; else ticks were missed, and are not made up for.
    fn next_after(&self, due: Instant, period: Duration, now: Instant) -> Option<Instant> {
        let regular = due.checked_add(period)?;
        if self.awaited == Some(due) && regular > now {
            return Some(regular);
        }
        now.checked_add(period)
    }
}

impl ClockEnd<Instant> {
    pub(super) fn new(first: Instant, period: Option<Duration>) -> ClockEnd<Instant> {
        let (taken, waiters) = (Slab::new(), List::new());
        let clock = Clock { next: Some(first), period, awaited: None, taken, waiters };
        ClockEnd { clock: Arc::new(Mutex::new(clock)), message: |instant| instant }
    }
}

impl<T> ClockEnd<T> {
    fn lock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_same(&self, other: &ClockEnd<T>) -> bool {
        Arc::ptr_eq(&self.clock, &other.clock)
    }

    pub(super) fn try_receive(&self) -> Result<T, NotReceived> {
        let now = wait::now();
        let due = self.lock().take(now);
        due.map(self.message).ok_or(NotReceived::Empty)
    }

    pub(super) fn receive(&self, deadline: Option<Instant>) -> Result<T, NotReceived> {
        let chosen = choice::choose(&[Arm::new(self)], Preference::First, deadline);
        chosen.and_then(|chosen| self.complete_receive(chosen.key)).ok_or(NotReceived::TimedOut)
    }

    pub(super) fn complete_receive(&self, key: Key) -> Option<T> {
        let due = self.lock().taken.try_remove(key);
        due.map(self.message)
    }
}

impl<T> Clone for ClockEnd<T> {
    fn clone(&self) -> ClockEnd<T> {
        ClockEnd { clock: self.clock.clone(), message: self.message }
    }
}

impl<T> Branch for ClockEnd<T> {
    fn attempt(&self) -> Option<Key> {
        let now = wait::now();
        let mut clock = self.lock();
        let due = clock.take(now)?;
        Some(clock.taken.insert(due))
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        self.watch(candidate.into_waiter())
    }

    fn withdraw(&self, key: Key) {
        drop(self.lock().waiters.remove(key));
    }

    fn abandon(&self, key: Key) {
        let mut clock = self.lock();
        let Some(due) = clock.taken.try_remove(key) else { return };
        clock.next = Some(due);
        let waiters: Vec<Waiter> = clock.waiters.drain().collect();
        drop(clock);
        waiters.into_iter().for_each(Waiter::wake);
    }

    fn ready_at(&self) -> Option<Instant> {
        self.lock().next
    }

    fn is_ready(&self) -> bool {
        let now = wait::now();
        self.lock().next.is_some_and(|due| due <= now)
    }

    fn watch(&self, waiter: Waiter) -> Enlisted {
        let now = wait::now();
        let mut clock = self.lock();
        // What was taken when the choice looked may have been given back since.
        if clock.next.is_some_and(|due| due <= now) {
            return Enlisted::Ready;
        }
        clock.awaited = clock.next;
        Enlisted::Waiting(clock.waiters.push(waiter))
    }
}
