//! The handles of a channel's two ends: they count themselves, and are what a choice may choose.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::chan::Chan;
use super::state::Collected;
use crate::sched::choice::{Branch, Candidate, Enlisted, Key, Promise};
use crate::sched::unwind;
use crate::sched::wait::Waiter;

/// Makes a channel and its two ends.
pub(super) fn ends<T>(capacity: Option<usize>) -> (SendingEnd<T>, ReceivingEnd<T>) {
    let chan = Arc::new(Chan::new(capacity));
    (SendingEnd(chan.clone()), ReceivingEnd(chan))
}

/// A handle of the end to which messages go; as a branch, it can be had when there is room.
pub(super) struct SendingEnd<T>(Arc<Chan<T>>);

impl<T> SendingEnd<T> {
    #[inline]
    pub(super) fn chan(&self) -> &Chan<T> {
        &self.0
    }

    pub(super) fn is_same(&self, other: &SendingEnd<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Clone for SendingEnd<T> {
    fn clone(&self) -> SendingEnd<T> {
        self.0.senders.fetch_add(1, Ordering::Relaxed);
        SendingEnd(self.0.clone())
    }
}

impl<T> Drop for SendingEnd<T> {
    fn drop(&mut self) {
        if self.0.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.with(|state, wake| state.close_senders(wake));
        }
    }
}

impl<T> Branch for SendingEnd<T> {
    fn attempt(&self) -> Option<Key> {
        self.0.lock().reserve_place()
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        enlisted(self.0.with(|state, wake| state.enlist_sender(candidate, wake)))
    }

    fn withdraw(&self, key: Key) {
        self.abandon(key);
    }

    fn abandon(&self, key: Key) {
        self.0.with(|state, wake| state.abandon_send(key, wake));
    }

    fn is_ready(&self) -> bool {
        self.0.lock().can_send(None)
    }

    fn watch(&self, waiter: Waiter) -> Enlisted {
        watched(self.0.with(|state, _| state.watch_send(waiter)))
    }

    fn unwatch(&self, key: Key) {
        drop(self.0.with(|state, _| state.unwatch_send(key)));
    }
}

/// A handle of the end from which messages come; as a branch, it can be had when there is one.
pub(super) struct ReceivingEnd<T>(Arc<Chan<T>>);

impl<T> ReceivingEnd<T> {
    #[inline]
    pub(super) fn chan(&self) -> &Chan<T> {
        &self.0
    }

    pub(super) fn is_same(&self, other: &ReceivingEnd<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Clone for ReceivingEnd<T> {
    fn clone(&self) -> ReceivingEnd<T> {
        self.0.receivers.fetch_add(1, Ordering::Relaxed);
        ReceivingEnd(self.0.clone())
    }
}

impl<T> Drop for ReceivingEnd<T> {
    fn drop(&mut self) {
        if self.0.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            // The messages' destructors are user code, so they run here, without the lock.
            drop_each(self.0.with(|state, wake| state.close_receivers(wake)));
        }
    }
}

/// Drops every message, and then panics like the first whose destructor did.
fn drop_each<T>(messages: VecDeque<T>) {
    let mut first = None;
    for message in messages {
        if let Err(payload) = unwind::catch(|| drop(message)) {
            match first {
                None => first = Some(payload),
                // Its destructor might panic as well, and there is nobody left to tell.
                Some(_) => std::mem::forget(payload),
            }
        }
    }
    if let Some(payload) = first {
        unwind::resume(payload);
    }
}

impl<T> Branch for ReceivingEnd<T> {
    fn attempt(&self) -> Option<Key> {
        self.0.with(|state, wake| state.reserve_message(wake))
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        enlisted(self.0.with(|state, wake| state.enlist_receiver(candidate, wake)))
    }

    fn withdraw(&self, key: Key) {
        self.abandon(key);
    }

    fn abandon(&self, key: Key) {
        let collected = self.0.lock().collect(key);
        if let Collected::Message(message) = collected {
            drop(self.0.with(|state, wake| state.give_back(message, wake)));
        }
    }

    fn is_ready(&self) -> bool {
        self.0.lock().can_receive(None)
    }

    fn watch(&self, waiter: Waiter) -> Enlisted {
        watched(self.0.with(|state, _| state.watch_receive(waiter)))
    }

    fn unwatch(&self, key: Key) {
        drop(self.0.with(|state, _| state.unwatch_receive(key)));
    }

    fn may_promise(&self) -> bool {
        self.0.capacity() == Some(0)
    }

    fn settle(&self, key: Key) -> Promise {
        if self.may_promise() { self.0.lock().promise(key) } else { Promise::Kept }
    }

    fn expect(&self, key: Key, waiter: Waiter) {
        let former = self.0.lock().expect(key, waiter);
        if let Err(waiter) = former {
            waiter.wake();
        }
    }
}

fn enlisted(key: Option<Key>) -> Enlisted {
    key.map_or(Enlisted::Ready, Enlisted::Waiting)
}

fn watched(key: Result<Key, Waiter>) -> Enlisted {
    key.map_or(Enlisted::Ready, Enlisted::Waiting)
}
