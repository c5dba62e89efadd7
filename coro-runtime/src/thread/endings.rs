//! Who of a group of threads has ended, in the order in which they did.
//!
//! Each thread of the group gets a `Notice` with its number, to be dropped once its result is there. The group's owner
//! takes the numbers out, and waits while there are none. The threads may end on another OS thread than the owner's: what
//! they share lies under one short lock, and the owner is woken when it is released.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// The owner's side. There is one, and it waits alone: its methods take it mutably.
#[derive(Debug, Default)]
pub(super) struct Endings {
    shared: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Those who have ended and were not taken out yet.
    numbers: VecDeque<u64>,
    /// The owner, while it waits.
    waiter: Option<Waiter>,
}

/// Tells, when it is dropped, that the thread with this number has ended.
pub(super) struct Notice {
    shared: Arc<Mutex<State>>,
    number: u64,
}

impl Endings {
    /// The notice of the thread that the owner calls `number`.
    pub(super) fn notice(&self, number: u64) -> Notice {
        Notice { shared: self.shared.clone(), number }
    }

    /// Takes out who ended first.
    pub(super) fn pop(&mut self) -> Option<u64> {
        state(&self.shared).numbers.pop_front()
    }

    /// Waits until somebody has ended who was not taken out.
    pub(super) fn wait(&mut self) -> Outcome {
        wait::on(self, None)
    }
}

impl Clause for Endings {
    const WHAT: &'static str = "the end of any thread of a group";

    fn register(&mut self, waiter: Waiter) {
        let mut state = state(&self.shared);
        if state.numbers.is_empty() {
            state.waiter = Some(waiter);
        } else {
            drop(state);
            waiter.wake();
        }
    }

    fn deregister(&mut self) -> bool {
        let mut state = state(&self.shared);
        let waiter = state.waiter.take();
        let has_fired = !state.numbers.is_empty();
        drop((state, waiter));
        has_fired
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        let mut state = state(&self.shared);
        state.numbers.push_back(self.number);
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

fn state(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
