//! The request that a run of the loop end: a flag, and the notification that makes the loop look at it.
//!
//! It may come from a signal handler, which may interrupt anything. So a request takes no lock and no memory: it is an
//! atomic store and one `write` to a file descriptor that stays open as long as anybody can ask.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::sys::poller::Poller;

/// A loop's exit flag and its poller; outlives the loop as long as a handle does.
#[derive(Debug)]
pub(crate) struct Exit {
    requested: AtomicBool,
    poller: Arc<Poller>,
}

impl Exit {
    pub(super) fn new(poller: Arc<Poller>) -> Exit {
        Exit { requested: AtomicBool::new(false), poller }
    }

    /// Asks from anywhere: another OS thread, a signal handler, this OS thread.
    pub(crate) fn request(&self) {
        self.requested.store(true, Ordering::Release);
        // After the store: whoever takes the notification in finds the flag set.
        self.poller.notify();
    }

    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// Asks on the loop's own OS thread, which looks at the flag before it sleeps.
    pub(super) fn set(&self) {
        self.requested.store(true, Ordering::Release);
    }

    pub(super) fn take(&self) {
        self.requested.store(false, Ordering::Release);
    }

    /// The fd that foreign loops watch.
    pub(crate) fn poller_fd(&self) -> BorrowedFd<'_> {
        self.poller.as_fd()
    }
}
