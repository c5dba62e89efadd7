//! The Linux poller: epoll and an eventfd, called directly.
//!
//! Why not through `polling` here: its `wait` costs three more system calls, and it does not let a registration
//! ask for `EPOLLRDHUP`. Without that flag an end of stream that arrives together with the last bytes could not be
//! told from a plain edge, and a reader that skips the system call after a short read would sleep for ever.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;

use super::fork::Owner;
use super::{Call, Event, enter};

/// A short read from a stream socket means that the next byte will bring an edge.
pub(crate) const SHORT_READ_DRAINS: bool = true;

/// The key under which the eventfd is registered.
const NOTIFY: u64 = u64::MAX;
/// How many events one system call can return.
const BATCH: usize = 1024;

/// An epoll instance with an eventfd to interrupt its wait.
#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
    notifier: OwnedFd,
    owner: Owner,
}

/// The room for one system call's events.
pub(crate) struct Events {
    buffer: Vec<epoll::Event>,
}

impl Events {
    pub(crate) fn new() -> Events {
        Events { buffer: Vec::with_capacity(BATCH) }
    }
}

impl Poller {
    pub(crate) fn new() -> io::Result<Poller> {
        enter(Call::PollerNew)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let notifier = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let data = epoll::EventData::new_u64(NOTIFY);
        // Edge-triggered: every write is a new edge, so the counter never needs to be read back.
        epoll::add(&epoll, &notifier, data, epoll::EventFlags::IN | epoll::EventFlags::ET)?;
        Ok(Poller { epoll, notifier, owner: Owner::this_process() })
    }

    /// Registers `fd` for edges of both directions.
    pub(crate) fn add(&self, fd: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        use epoll::EventFlags as Flags;
        enter(Call::PollerAdd)?;
        self.owner.check()?;
        let flags = Flags::IN | Flags::OUT | Flags::RDHUP | Flags::PRI | Flags::ET;
        epoll::add(&self.epoll, fd, epoll::EventData::new_u64(key), flags)?;
        Ok(())
    }

    /// Removes `fd`, which must not have been closed yet.
    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.owner.check()?;
        epoll::delete(&self.epoll, fd)?;
        Ok(())
    }

    /// Makes the current or the next `wait` return.
    pub(crate) fn notify(&self) {
        // The only error is a full counter, and then a notification is under way already.
        let _ = rustix::io::write(&self.notifier, &1u64.to_ne_bytes());
    }

    /// What becomes readable when `wait` would return something.
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
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
        let room = rustix::buffer::spare_capacity(&mut events.buffer);
        let timespec = timeout.map(to_timespec);
        match epoll::wait(&self.epoll, room, timespec.as_ref()) {
            // Kernels before 5.11 know milliseconds only; rounding up never wakes early.
            Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {
                let room = rustix::buffer::spare_capacity(&mut events.buffer);
                let rounded = timeout.map(round_up_to_millis);
                epoll::wait(&self.epoll, room, rounded.as_ref())?;
            }
            other => {
                other?;
            }
        }
        for event in &events.buffer {
            if event.data.u64() != NOTIFY {
                each(translate(*event));
            }
        }
        Ok(())
    }
}

fn translate(event: epoll::Event) -> Event {
    use epoll::EventFlags as Flags;
    let flags = event.flags;
    Event {
        key: event.data.u64(),
        readable: flags.intersects(Flags::IN | Flags::RDHUP | Flags::HUP | Flags::ERR | Flags::PRI),
        writable: flags.intersects(Flags::OUT | Flags::HUP | Flags::ERR),
        lasting: flags.intersects(Flags::RDHUP | Flags::HUP | Flags::ERR | Flags::PRI),
    }
}

fn to_timespec(timeout: Duration) -> Timespec {
    let tv_sec = timeout.as_secs().try_into().unwrap_or(i64::MAX);
    Timespec { tv_sec, tv_nsec: timeout.subsec_nanos().into() }
}

fn round_up_to_millis(timeout: Duration) -> Timespec {
    let millis = timeout.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as u64;
    to_timespec(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millis_round_up_and_stay_in_range() {
        assert_eq!(round_up_to_millis(Duration::from_nanos(1)).tv_nsec, 1_000_000);
        let longest = round_up_to_millis(Duration::MAX);
        assert_eq!(longest.tv_sec, i64::from(i32::MAX) / 1000);
    }

    #[test]
    fn notify_before_wait_is_not_lost() {
        let poller = Poller::new().expect("a poller");
        let mut events = Events::new();
        for _ in 0..3 {
            poller.notify();
            poller.notify();
            poller.wait(&mut events, None, |_| panic!("no fd is registered")).expect("a wait");
        }
    }
}
