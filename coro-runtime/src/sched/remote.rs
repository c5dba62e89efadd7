//! The way into a loop from other OS threads: push a message, then notify.
//!
//! A `Remote` is a mailbox. It is allocated once, never freed, and lent to one loop after another; each lease is an
//! *epoch*. So a handle is two plain words, costs no reference count, and a message to a loop that has ended is
//! refused. There are as many mailboxes as there were loops at one time at most.

use std::any::Any;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::reactor::FdKey;
use super::registry::ThreadKey;
use crate::sys::poller::Poller;

/// What another OS thread can ask of a loop.
pub(crate) enum Message {
    Wake {
        slot: u32,
        ticket: u64,
    },
    Unpark(ThreadKey),
    Kill(ThreadKey),
    Raise(ThreadKey, Box<dyn Any + Send>),
    /// The fd behind this key has been taken out of the poller and is about to be closed.
    FreeFd(FdKey),
}

/// A mailbox.
#[derive(Debug)]
pub(crate) struct Remote {
    /// Whether `messages` may hold something; the loop looks here first.
    pending: AtomicBool,
    inner: Mutex<Inner>,
}

struct Inner {
    epoch: u64,
    /// None between two leases.
    poller: Option<Arc<Poller>>,
    messages: Vec<Message>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Mailboxes that no loop has at present.
static FREE: Mutex<Vec<&'static Remote>> = Mutex::new(Vec::new());

/// Names a loop, for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoopId {
    remote: &'static Remote,
    epoch: u64,
}

impl PartialEq for LoopId {
    #[inline(always)]
    fn eq(&self, other: &LoopId) -> bool {
        std::ptr::eq(self.remote, other.remote) && self.epoch == other.epoch
    }
}

impl Eq for LoopId {}

impl LoopId {
    /// Gives a message to the loop; gives it back if that loop has ended.
    pub(crate) fn send(self, message: Message) -> Result<(), Message> {
        let mut inner = self.remote.lock();
        let Some(poller) = inner.poller.clone().filter(|_| inner.epoch == self.epoch) else {
            return Err(message);
        };
        inner.messages.push(message);
        let first = !self.remote.pending.swap(true, Ordering::Release);
        drop(inner);
        if first {
            poller.notify();
        }
        Ok(())
    }

    /// Takes `fd` out of the loop's poller, from whatever OS thread, if the loop still runs.
    pub(crate) fn deregister(self, fd: BorrowedFd<'_>, key: FdKey) {
        let inner = self.remote.lock();
        let poller = inner.poller.clone().filter(|_| inner.epoch == self.epoch);
        drop(inner);
        if let Some(poller) = poller {
            // It can only fail if the loop has ended meanwhile, and its registrations with it.
            let _ = poller.delete(fd);
            let _ = self.send(Message::FreeFd(key));
        }
    }

    /// Whether the loop has not ended.
    pub(crate) fn is_live(self) -> bool {
        let inner = self.remote.lock();
        inner.poller.is_some() && inner.epoch == self.epoch
    }
}

impl Remote {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A loop's own end of its mailbox; dropping it ends the epoch.
#[derive(Debug)]
pub(crate) struct Inbox {
    id: LoopId,
}

impl Inbox {
    /// Leases a mailbox.
    pub(crate) fn open(poller: Arc<Poller>) -> Inbox {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let remote = free.unwrap_or_else(|| {
            let inner = Inner { epoch: 0, poller: None, messages: Vec::new() };
            Box::leak(Box::new(Remote {
                pending: AtomicBool::new(false),
                inner: Mutex::new(inner),
            }))
        });
        let mut inner = remote.lock();
        inner.epoch += 1;
        inner.poller = Some(poller);
        Inbox { id: LoopId { remote, epoch: inner.epoch } }
    }

    pub(crate) fn id(&self) -> LoopId {
        self.id
    }

    #[inline]
    pub(crate) fn has_messages(&self) -> bool {
        self.id.remote.pending.load(Ordering::Relaxed)
    }

    /// Takes what has arrived.
    pub(crate) fn drain(&self) -> Vec<Message> {
        let mut inner = self.id.remote.lock();
        self.id.remote.pending.store(false, Ordering::Relaxed);
        std::mem::take(&mut inner.messages)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let remote = self.id.remote;
        let mut inner = remote.lock();
        inner.poller = None;
        let unread = std::mem::take(&mut inner.messages);
        remote.pending.store(false, Ordering::Relaxed);
        drop(inner);
        // A payload's destructor is user code; it runs here without any lock held.
        unread.into_iter().for_each(super::unwind::drop_quietly);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(remote);
    }
}
