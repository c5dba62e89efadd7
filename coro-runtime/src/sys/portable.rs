//! The poller elsewhere: the `polling` crate (kqueue and others).
//!
//! `--cfg coro_polling` selects it on Linux too, which is how it is tested.

#![expect(unsafe_code, reason = "polling's add asks that the fd be deleted before it is closed")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

use super::fork::Owner;
use super::{Call, Event, enter};

/// Not relied upon: `polling` does not say which event carried an end of stream.
pub(crate) const SHORT_READ_DRAINS: bool = false;

/// A thin cover over `polling::Poller`.
#[derive(Debug)]
pub(crate) struct Poller {
    inner: polling::Poller,
    owner: Owner,
}

/// The room for one wait's events.
pub(crate) struct Events {
    buffer: polling::Events,
}

impl Events {
    pub(crate) fn new() -> Events {
        Events { buffer: polling::Events::new() }
    }
}

impl Poller {
    pub(crate) fn new() -> io::Result<Poller> {
        enter(Call::PollerNew)?;
        Ok(Poller { inner: polling::Poller::new()?, owner: Owner::this_process() })
    }

    /// Registers `fd` for edges of both directions.
    pub(crate) fn add(&self, fd: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        enter(Call::PollerAdd)?;
        self.owner.check()?;
        let event = polling::Event::all(key as usize);
        // SAFETY: the source that registers an fd owns it and deletes it here before closing it (`io::source`,
        // on drop and on conversion); a poller that ends first takes its registrations along.
        unsafe { self.inner.add_with_mode(fd.as_raw_fd(), event, polling::PollMode::Edge) }
    }

    /// Removes `fd`, which must not have been closed yet.
    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.owner.check()?;
        self.inner.delete(fd)
    }

    /// Makes the current or the next `wait` return.
    pub(crate) fn notify(&self) {
        // A notification that fails leaves one that is under way already.
        let _ = self.inner.notify();
    }

    /// What becomes readable when `wait` would return something.
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }

    /// Waits for events and hands each to `each`; no timeout means for ever.
    pub(crate) fn wait(
        &self,
        events: &mut Events,
        timeout: Option<Duration>,
        mut each: impl FnMut(Event),
    ) -> io::Result<()> {
        enter(Call::PollerWait)?;
        self.owner.check()?;
        events.buffer.clear();
        self.inner.wait(&mut events.buffer, timeout)?;
        for event in events.buffer.iter() {
            each(Event {
                key: event.key as u64,
                readable: event.readable,
                writable: event.writable,
                lasting: event.is_interrupt() || event.is_err().unwrap_or(false),
            });
        }
        Ok(())
    }
}
