//! A lock that the thread which holds it may take again, as std's output streams have.
//!
//! Like `sync::Mutex` it is handed to whoever has waited longest. What it guards lies elsewhere, under a lock that is
//! never held across a wait: two locks of one thread must not give two exclusive borrows.
//!
//! A coroutine holds for itself what it takes, whoever resumes it. It is let in also while one of its callers holds the
//! lock, which could not go on otherwise. Then both hold it; should the coroutine leave the chain before it drops its
//! lock, each of them is still let in, and all others wait until both have let go.

use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::ThreadId;
use crate::sched::owner;
use crate::sched::queue::WaitQueue;
use crate::sched::wait::{self, Clause, Waiter};

#[derive(Debug)]
pub(super) struct Reentrant(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Who has it, one entry for each time it was taken; none if it is free.
    holders: Vec<ThreadId>,
    queue: WaitQueue<(ThreadId, Waiter)>,
}

/// The lock is this holder's until it is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    lock: &'a Reentrant,
    holder: ThreadId,
    /// It belongs to the thread that locked, which never leaves its OS thread.
    not_send: PhantomData<*const ()>,
}

impl Reentrant {
    pub(super) const fn new() -> Reentrant {
        Reentrant(Mutex::new(State { holders: Vec::new(), queue: WaitQueue::new() }))
    }

    /// Takes the lock, waiting for it unless it is free or held here already.
    pub(super) fn lock(&self) -> Held<'_> {
        let holder = owner::me();
        if !self.try_lock(holder) {
            let mut turn = Turn { lock: self, holder, number: None };
            // Taken from the queue by `unlock`, or free when it came: the lock was handed over.
            while !(wait::on(&mut turn, None).or_raise() && turn.number.is_none()) {}
        }
        Held { lock: self, holder, not_send: PhantomData }
    }

    fn try_lock(&self, me: ThreadId) -> bool {
        let mut state = self.state();
        let is_mine = state.holders.iter().any(|holder| owner::is_here(*holder));
        if !is_mine && !state.holders.is_empty() {
            return false;
        }
        state.holders.push(me);
        true
    }

    fn unlock(&self, me: ThreadId) {
        let mut state = self.state();
        let place = state.holders.iter().rposition(|holder| *holder == me);
        state.holders.remove(place.expect("whoever holds it is noted"));
        if !state.holders.is_empty() {
            return;
        }
        let Some((_, (next, waiter))) = state.queue.pop() else { return };
        state.holders.push(next);
        // Collected under the lock, woken after it.
        drop(state);
        waiter.wake();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.unlock(self.holder);
    }
}

/// Fires when the lock is handed to its holder to be.
struct Turn<'a> {
    lock: &'a Reentrant,
    holder: ThreadId,
    /// The place in the queue; none if the lock is this holder's, or the wait has not begun.
    number: Option<u64>,
}

impl Clause for Turn<'_> {
    const WHAT: &'static str = "a standard stream's lock";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.lock.state();
        if !state.holders.is_empty() {
            self.number = Some(state.queue.push((self.holder, waiter)));
            return;
        }
        state.holders.push(self.holder);
        drop(state);
        self.number = None;
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        if let Some(number) = self.number
            && self.lock.state().queue.remove(number)
        {
            return false;
        }
        self.number = None;
        true
    }
}
