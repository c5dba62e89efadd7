//! The way into a loop from other OS threads: push a message, then notify.
//!
//! A `Remote` is a mailbox. It is allocated once, never freed, and lent to one loop after another; each lease is an
//! *epoch*. So a handle is one plain word (every handle to a thread and every waiter carries it), costs no reference
//! count, and a message to a loop that has ended is refused. There are as many mailboxes as there were loops at one time
//! at most, in a table that only grows.

use std::any::Any;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

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
#[derive(Debug, Default)]
pub(crate) struct Remote {
    /// Whether `messages` may hold something; the loop looks here first.
    pending: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    epoch: u32,
    /// None between two leases.
    poller: Option<Arc<Poller>>,
    messages: Vec<Message>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Which mailboxes are to be had.
struct Vacancies {
    /// Those that were lent before and were given back.
    free: Vec<u32>,
    /// The first that was never lent.
    next: u32,
}

static VACANCIES: Mutex<Vacancies> = Mutex::new(Vacancies { free: Vec::new(), next: 0 });

/// All mailboxes: row `k` has 2^k of them and is made when the first is lent. A row stays where it is for ever, so they
/// are found without a lock.
static ROWS: [OnceLock<Box<[Remote]>>; 32] = [const { OnceLock::new() }; 32];

/// The mailbox with this index.
fn remote(index: u32) -> &'static Remote {
    let row = (index + 1).ilog2();
    let row_starts_at = (1 << row) - 1;
    let mailboxes =
        ROWS[row as usize].get_or_init(|| (0..1_u32 << row).map(|_| Remote::default()).collect());
    &mailboxes[(index - row_starts_at) as usize]
}

/// Names a loop, for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LoopId {
    /// The index of its mailbox.
    index: u32,
    epoch: u32,
}

impl LoopId {
    #[cfg(test)]
    pub(crate) fn of_no_loop() -> LoopId {
        LoopId { index: 0, epoch: 0 }
    }

    /// Gives a message to the loop; gives it back if that loop has ended.
    pub(crate) fn send(self, message: Message) -> Result<(), Message> {
        let remote = remote(self.index);
        let mut inner = remote.lock();
        let Some(poller) = inner.poller.clone().filter(|_| inner.epoch == self.epoch) else {
            return Err(message);
        };
        inner.messages.push(message);
        let first = !remote.pending.swap(true, Ordering::Release);
        drop(inner);
        if first {
            poller.notify();
        }
        Ok(())
    }

    /// Takes `fd` out of the loop's poller, from whatever OS thread, if the loop still runs.
    pub(crate) fn deregister(self, fd: BorrowedFd<'_>, key: FdKey) {
        let inner = remote(self.index).lock();
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
        let inner = remote(self.index).lock();
        inner.poller.is_some() && inner.epoch == self.epoch
    }
}

impl Remote {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn vacancies() -> MutexGuard<'static, Vacancies> {
    VACANCIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a mailbox that nobody has.
fn vacant_index() -> u32 {
    let mut vacancies = vacancies();
    vacancies.free.pop().unwrap_or_else(|| {
        let index = vacancies.next;
        vacancies.next += 1;
        index
    })
}

/// A loop's own end of its mailbox; dropping it ends the epoch.
#[derive(Debug)]
pub(crate) struct Inbox {
    id: LoopId,
    remote: &'static Remote,
}

impl Inbox {
    /// Leases a mailbox.
    pub(crate) fn open(poller: Arc<Poller>) -> Inbox {
        let index = vacant_index();
        let remote = remote(index);
        let mut inner = remote.lock();
        inner.epoch += 1;
        inner.poller = Some(poller);
        Inbox { id: LoopId { index, epoch: inner.epoch }, remote }
    }

    #[inline]
    pub(crate) fn id(&self) -> LoopId {
        self.id
    }

    #[inline]
    pub(crate) fn has_messages(&self) -> bool {
        self.remote.pending.load(Ordering::Relaxed)
    }

    /// Takes what has arrived.
    pub(crate) fn drain(&self) -> Vec<Message> {
        let mut inner = self.remote.lock();
        self.remote.pending.store(false, Ordering::Relaxed);
        std::mem::take(&mut inner.messages)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut inner = self.remote.lock();
        inner.poller = None;
        let unread = std::mem::take(&mut inner.messages);
        self.remote.pending.store(false, Ordering::Relaxed);
        let is_worn_out = inner.epoch == u32::MAX;
        drop(inner);
        // A payload's destructor is user code; it runs here without any lock held.
        unread.into_iter().for_each(super::unwind::drop_quietly);
        // An epoch never comes twice: a mailbox that has had them all is not lent again.
        if !is_worn_out {
            vacancies().free.push(self.id.index);
        }
    }
}
