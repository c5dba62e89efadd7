//! The registered file descriptors and who waits for them (`README.md`, section 8).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;

use crate::sys::Event;
use crate::sys::poller::{Events, Poller};
use crate::sys::socket::Direction;

/// Names a registration of one loop: the slot finds it, the generation makes sure that it is still the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FdKey {
    slot: u32,
    generation: u32,
}

impl FdKey {
    fn to_bits(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }

    fn from_bits(bits: u64) -> FdKey {
        FdKey { slot: bits as u32, generation: (bits >> 32) as u32 }
    }
}

/// A wait of a thread of this loop: slot and ticket.
pub(crate) type LocalWaiter = (u32, u64);

#[derive(Debug, Default)]
struct Side {
    /// An edge has come since the last `WouldBlock` or short operation.
    ready: bool,
    /// `ready` for good: no further edge would announce what there is to find.
    lasting: bool,
    /// How many edges have come, modulo its range.
    edges: u32,
    /// The first waiter, here so that the common case of a single one touches no other memory.
    first: Option<LocalWaiter>,
    /// Those who came while there was a first one.
    others: Vec<LocalWaiter>,
}

impl Side {
    fn add(&mut self, waiter: LocalWaiter) {
        if self.first.is_none() {
            self.first = Some(waiter);
        } else {
            self.others.push(waiter);
        }
    }

    fn remove(&mut self, waiter: LocalWaiter) -> bool {
        if self.first == Some(waiter) {
            self.first = None;
            return true;
        }
        let position = self.others.iter().position(|other| *other == waiter);
        position.map(|position| self.others.remove(position)).is_some()
    }

    /// Notes an edge and moves everybody who waits to `woken`.
    fn mark(&mut self, event: Event, woken: &mut Vec<LocalWaiter>) {
        self.ready = true;
        self.edges = self.edges.wrapping_add(1);
        self.lasting |= event.lasting;
        woken.extend(self.first.take());
        woken.append(&mut self.others);
    }

    fn waiters(&self) -> impl Iterator<Item = LocalWaiter> {
        self.first.iter().chain(&self.others).copied()
    }
}

#[derive(Debug)]
struct Registration {
    generation: u32,
    /// The fd's number, for views; it is taken out before the fd is closed.
    fd: RawFd,
    read: Side,
    write: Side,
}

impl Registration {
    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

/// The poller and everything registered with it.
pub(crate) struct Reactor {
    poller: Arc<Poller>,
    events: Events,
    registrations: Slab<Registration>,
    next_generation: u32,
}

impl Reactor {
    pub(crate) fn new(poller: Arc<Poller>) -> Reactor {
        let (events, registrations) = (Events::new(), Slab::new());
        Reactor { poller, events, registrations, next_generation: 0 }
    }

    /// Registers `fd` for both directions.
    pub(crate) fn register(&mut self, fd: BorrowedFd<'_>) -> io::Result<FdKey> {
        // The last generation is left out, so that no key equals the notifier's.
        self.next_generation = (self.next_generation + 1) % u32::MAX;
        let generation = self.next_generation;
        let (read, write) = (Side::default(), Side::default());
        let registration = Registration { generation, fd: fd.as_raw_fd(), read, write };
        let slot = self.registrations.insert(registration);
        let key = FdKey { slot: slot as u32, generation };
        if let Err(error) = self.poller.add(fd, key.to_bits()) {
            self.registrations.remove(slot);
            return Err(error);
        }
        Ok(key)
    }

    /// Takes `fd` out of the poller and forgets it. It must not have been closed yet, and nobody may wait for it.
    pub(crate) fn deregister(&mut self, fd: BorrowedFd<'_>, key: FdKey) {
        // It can only fail for an fd that the poller does not have, which is what is wanted.
        let _ = self.poller.delete(fd);
        self.free(key);
    }

    /// Forgets a registration whose fd the poller no longer has.
    pub(crate) fn free(&mut self, key: FdKey) {
        if self.get(key).is_some() {
            self.registrations.remove(key.slot as usize);
        }
    }

    /// Whether an operation is worth a try.
    #[inline]
    pub(crate) fn is_ready(&mut self, key: FdKey, direction: Direction) -> bool {
        self.get(key).is_some_and(|registration| registration.side(direction).ready)
    }

    /// Notes that an operation found nothing (more) to do.
    #[inline]
    pub(crate) fn clear_ready(&mut self, key: FdKey, direction: Direction) {
        if let Some(registration) = self.get(key) {
            let side = registration.side(direction);
            side.ready = side.lasting;
        }
    }

    /// Whether an edge has told of an end, an error or urgent data.
    pub(crate) fn is_lasting(&mut self, key: FdKey, direction: Direction) -> bool {
        self.get(key).is_some_and(|registration| registration.side(direction).lasting)
    }

    /// How many edges have come, to be compared later.
    pub(crate) fn edges(&mut self, key: FdKey, direction: Direction) -> u32 {
        self.get(key).map_or(0, |registration| registration.side(direction).edges)
    }

    pub(crate) fn add_waiter(&mut self, key: FdKey, direction: Direction, waiter: LocalWaiter) {
        if let Some(registration) = self.get(key) {
            registration.side(direction).add(waiter);
        }
    }

    /// Removes a waiter; false if an edge has taken it out already.
    pub(crate) fn remove_waiter(
        &mut self,
        key: FdKey,
        direction: Direction,
        waiter: LocalWaiter,
    ) -> bool {
        self.get(key).is_some_and(|registration| registration.side(direction).remove(waiter))
    }

    /// Waits for edges, marks what they announce as ready and moves the waiters to `woken`.
    pub(crate) fn wait(
        &mut self,
        timeout: Option<Duration>,
        woken: &mut Vec<LocalWaiter>,
    ) -> io::Result<()> {
        let Reactor { poller, events, registrations, .. } = self;
        poller.wait(events, timeout, |event| {
            let key = FdKey::from_bits(event.key);
            let registration = registrations.get_mut(key.slot as usize);
            // An event of a registration that is gone finds an empty slot or another generation.
            if let Some(registration) =
                registration.filter(|found| found.generation == key.generation)
            {
                if event.readable {
                    registration.read.mark(event, woken);
                }
                if event.writable {
                    registration.write.mark(event, woken);
                }
            }
        })
    }

    /// How many fds are registered.
    pub(crate) fn len(&self) -> usize {
        self.registrations.len()
    }

    /// How many threads wait for fds.
    pub(crate) fn waiters(&self) -> usize {
        self.waits(Direction::Read).chain(self.waits(Direction::Write)).count()
    }

    /// Who waits in one direction, each with the fd.
    pub(crate) fn waits(&self, direction: Direction) -> impl Iterator<Item = (RawFd, LocalWaiter)> {
        self.registrations.iter().flat_map(move |(_, each)| {
            let side = match direction {
                Direction::Read => &each.read,
                Direction::Write => &each.write,
            };
            side.waiters().map(|waiter| (each.fd, waiter))
        })
    }

    #[inline]
    fn get(&mut self, key: FdKey) -> Option<&mut Registration> {
        let registration = self.registrations.get_mut(key.slot as usize);
        registration.filter(|registration| registration.generation == key.generation)
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    use super::*;

    fn reactor() -> Reactor {
        Reactor::new(Arc::new(Poller::new().expect("a poller")))
    }

    #[test]
    fn a_key_of_a_freed_slot_finds_nothing() {
        let mut reactor = reactor();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let old = reactor.register(socket.as_fd()).expect("registered");
        reactor.deregister(socket.as_fd(), old);
        let new = reactor.register(socket.as_fd()).expect("registered again");
        assert_eq!(old.slot, new.slot);
        assert!(!reactor.is_ready(old, Direction::Write));
        reactor.add_waiter(old, Direction::Write, (1, 1));
        reactor.free(old);
        assert_eq!((reactor.len(), reactor.waiters()), (1, 0));
    }

    #[test]
    fn an_edge_wakes_every_waiter_of_its_direction_once() {
        let mut reactor = reactor();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let key = reactor.register(socket.as_fd()).expect("registered");
        reactor.add_waiter(key, Direction::Read, (1, 1));
        reactor.add_waiter(key, Direction::Write, (2, 2));
        reactor.add_waiter(key, Direction::Write, (3, 3));
        let mut woken = Vec::new();
        reactor.wait(Some(Duration::ZERO), &mut woken).expect("a wait");
        assert_eq!(woken, [(2, 2), (3, 3)]);
        assert!(reactor.is_ready(key, Direction::Write));
        reactor.clear_ready(key, Direction::Write);
        assert!(!reactor.is_ready(key, Direction::Write));
        assert!(reactor.remove_waiter(key, Direction::Read, (1, 1)));
        assert!(!reactor.remove_waiter(key, Direction::Write, (2, 2)));
    }
}
