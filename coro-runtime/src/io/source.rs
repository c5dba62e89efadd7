//! A descriptor and its registrations: the one place where an operation that would block becomes a wait.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{self, TimeoutError};
use crate::sched::Loop;
use crate::sched::current::{self, Cx};
use crate::sched::reactor::{FdKey, LocalWaiter};
use crate::sched::remote::LoopId;
use crate::sched::unwind;
use crate::sched::wait::{self, Clause, Never, Outcome, Waiter};
use crate::sys::socket::{Direction, block_until_possible, block_until_ready, is_ready};

/// The first and the longest pause between two tries of an operation whose time no edge announces.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A registration: the loop, and the key in its reactor.
type Registered = (LoopId, FdKey);

/// A non-blocking descriptor, mostly a socket, that knows in which loops it is registered.
///
/// A registration is made at the first operation that would block, and taken back before the fd is closed.
pub(crate) struct Source<S: AsFd> {
    /// None only while the source is being taken apart.
    socket: Option<S>,
    registrations: Registrations,
}

#[derive(Default)]
struct Registrations {
    /// The first loop that used the socket; mostly the only one, and found without a lock.
    first: OnceLock<Registered>,
    others: Mutex<Vec<Registered>>,
}

impl<S: AsFd> Source<S> {
    /// Takes over a socket that is non-blocking already.
    pub(crate) fn new(socket: S) -> Source<S> {
        Source { socket: Some(socket), registrations: Registrations::default() }
    }

    pub(crate) fn get(&self) -> &S {
        self.socket.as_ref().expect("only into_inner takes the socket, and it takes self")
    }

    /// Does `operation` as soon as the socket is ready for it.
    ///
    /// # Errors
    /// Those of `operation`; `WouldBlock` after `limit`, as std's sockets with a timeout; `Other` if it would have to
    /// wait while the thread unwinds.
    #[inline]
    pub(crate) fn perform<R>(
        &self,
        direction: Direction,
        limit: Option<Duration>,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        current::with(|cx| match cx {
            Some(cx) => self.perform_in_loop(cx, direction, limit, operation),
            None => self.perform_blocking(direction, limit, operation),
        })
    }

    #[inline]
    fn perform_in_loop<R>(
        &self,
        cx: Cx<'_>,
        direction: Direction,
        limit: Option<Duration>,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        let lp = cx.lp;
        lp.spend_operation(cx);
        let unwinding = unwind::panicking();
        let mut deadline = None;
        let mut key = self.registrations.find(lp.id());
        loop {
            // A thread that unwinds will not wait, so it must find out now.
            if unwinding || key.is_none_or(|key| lp.is_fd_ready(key, direction)) {
                match operation(self.get()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return outcome,
                }
                match key {
                    Some(key) => lp.clear_fd_ready(key, direction),
                    // An edge that came before the registration is reported by it.
                    None => key = Some(self.register(lp, self.get().as_fd())?),
                }
            }
            if unwinding {
                return Err(error::unwinding());
            }
            let Some(key) = key else { continue };
            // The limit counts from the first wait.
            let deadline = *deadline.get_or_insert_with(|| limit.and_then(wait::deadline_after));
            match wait::on_loop(cx, &mut Readiness { lp, key, direction, waiter: None }, deadline) {
                Outcome::Fired => {}
                Outcome::TimedOut => return Err(io::ErrorKind::WouldBlock.into()),
                Outcome::Interrupted(interrupt) => interrupt.raise(),
            }
        }
    }

    fn perform_blocking<R>(
        &self,
        direction: Direction,
        limit: Option<Duration>,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        let deadline = limit.and_then(wait::deadline_after);
        loop {
            match operation(self.get()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            if !block_until_possible(self.get().as_fd(), direction, left(deadline))? {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
    }

    /// As [`perform`](Self::perform), for an operation that is user code.
    ///
    /// It may do whatever code can: wait, end the loop, or go on in another thread because it belongs to a coroutine. So
    /// nothing of the loop is kept across it.
    ///
    /// # Errors
    /// As `perform`.
    pub(crate) fn perform_foreign<R>(
        &self,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let told = self.told(direction);
            if told.worth_a_try {
                match operation(self.get()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return outcome,
                }
            }
            self.wait_after(direction, told)?;
        }
    }

    /// As [`perform_foreign`](Self::perform_foreign), for an operation that needs the socket to itself.
    ///
    /// # Errors
    /// As `perform`.
    pub(crate) fn perform_mut<R>(
        &mut self,
        direction: Direction,
        mut operation: impl FnMut(&mut S) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let told = self.told(direction);
            if told.worth_a_try {
                let socket = self.socket.as_mut();
                let socket = socket.expect("only into_inner takes the socket, and it takes self");
                match operation(socket) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    outcome => return outcome,
                }
            }
            self.wait_after(direction, told)?;
        }
    }

    /// What edges have told, at the beginning of an operation.
    fn told(&self, direction: Direction) -> Told {
        wait::spend_operation();
        current::with(|cx| {
            let key = cx.and_then(|Cx { lp, .. }| Some((lp, self.registrations.find(lp.id())?)));
            let Some((lp, key)) = key else { return Told { worth_a_try: true, edges: None } };
            // A thread that unwinds will not wait, so it must find out now.
            let worth_a_try = lp.is_fd_ready(key, direction) || unwind::panicking();
            Told { worth_a_try, edges: Some((lp.id(), key, lp.fd_edges(key, direction))) }
        })
    }

    /// Waits for an edge after an operation has found nothing to do, unless one has come meanwhile.
    fn wait_after(&self, direction: Direction, told: Told) -> io::Result<()> {
        // User code, so it runs before anything of the loop is looked at.
        let fd = self.get().as_fd();
        if unwind::panicking() {
            return Err(error::unwinding());
        }
        current::with(|cx| {
            let Some(cx) = cx else { return block_until_possible(fd, direction, None).map(drop) };
            let key = self.key_in(cx.lp, fd)?;
            let edges = (cx.lp.id(), key, cx.lp.fd_edges(key, direction));
            if told.worth_a_try && told.edges == Some(edges) {
                // What lasts has been told before, and did not help: only another edge can.
                cx.lp.clear_fd_ready(key, direction);
            } else if cx.lp.is_fd_ready(key, direction) {
                return Ok(());
            }
            wait_in_loop(cx, key, direction, None);
            Ok(())
        })
    }

    /// Does `operation` once, and does not wait for it.
    ///
    /// # Errors
    /// Those of `operation`.
    pub(crate) fn attempt<R>(&self, operation: impl FnOnce(&S) -> io::Result<R>) -> io::Result<R> {
        wait::spend_operation();
        operation(self.get())
    }

    /// Does `operation` as soon as it can be done, where no edge may announce that: it is tried again and again.
    ///
    /// # Errors
    /// As [`perform`](Self::perform).
    pub(crate) fn perform_by_trying<R>(
        &self,
        direction: Direction,
        limit: Option<Duration>,
        mut operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        let deadline = limit.and_then(wait::deadline_after);
        let mut pause = FIRST_PAUSE;
        loop {
            match self.attempt(&mut operation) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            if wait::has_passed(deadline) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if unwind::panicking() {
                return Err(error::unwinding());
            }
            let next_try = wait::deadline_after(pause);
            self.pause(direction, deadline.into_iter().chain(next_try).min())?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits until `until`, or for an edge.
    fn pause(&self, direction: Direction, until: Option<Instant>) -> io::Result<()> {
        let fd = self.get().as_fd();
        current::with(|cx| match cx {
            Some(cx) => self.wait_for_edge(cx, fd, direction, until),
            // The kernel may call the socket ready although it is not, so that waiting for it would spin.
            None => {
                let _ = wait::on(&mut Never, until);
                Ok(())
            }
        })
    }

    /// Waits until the kernel calls the socket ready, for at most `limit`.
    ///
    /// The registration's `ready` only says what edges have told, so the kernel is asked, before each wait and after.
    ///
    /// # Errors
    /// `TimedOut` around a [`TimeoutError`] after `limit`; `Other` if it would have to wait while the thread unwinds.
    pub(crate) fn wait_until_ready(
        &self,
        direction: Direction,
        limit: Option<Duration>,
    ) -> io::Result<()> {
        wait::spend_operation();
        let deadline = limit.and_then(wait::deadline_after);
        // Asked for once: it may be user code, which could wait, and so miss an edge between the look and the wait.
        let fd = self.get().as_fd();
        while !is_ready(fd, direction)? {
            if wait::has_passed(deadline) {
                return Err(TimeoutError.into());
            }
            if unwind::panicking() {
                return Err(error::unwinding());
            }
            current::with(|cx| match cx {
                Some(cx) => self.wait_for_edge(cx, fd, direction, deadline),
                None => block_until_ready(fd, direction, left(deadline)).map(drop),
            })?;
        }
        Ok(())
    }

    /// Parks the thread until an edge comes or the deadline passes. A registration brings an edge if there is reason.
    fn wait_for_edge(
        &self,
        cx: Cx<'_>,
        fd: BorrowedFd<'_>,
        direction: Direction,
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        let key = self.key_in(cx.lp, fd)?;
        wait_in_loop(cx, key, direction, deadline);
        Ok(())
    }

    /// Notes that an operation moved less than it could have, so that the next one waits for an edge.
    #[inline]
    pub(crate) fn note_short(&self, direction: Direction) {
        if crate::sys::poller::SHORT_READ_DRAINS {
            self.note_drained(direction);
        }
    }

    /// Notes that there is nothing more to do until an edge comes.
    #[inline]
    fn note_drained(&self, direction: Direction) {
        current::with(|cx| {
            if let Some(Cx { lp, .. }) = cx
                && let Some(key) = self.registrations.find(lp.id())
            {
                lp.clear_fd_ready(key, direction);
            }
        });
    }

    /// Whether the other side may have ended, as far as edges have told; where none would tell, it may.
    pub(crate) fn may_have_ended(&self, direction: Direction) -> bool {
        !crate::sys::poller::SHORT_READ_DRAINS
            || current::with(|cx| {
                let key =
                    cx.and_then(|Cx { lp, .. }| Some((lp, self.registrations.find(lp.id())?)));
                key.is_none_or(|(lp, key)| lp.is_fd_lasting(key, direction))
            })
    }

    /// The key under which a loop knows the socket, whose descriptor is `fd`; registers it there first, if need be.
    pub(super) fn key_in(&self, lp: &Loop, fd: BorrowedFd<'_>) -> io::Result<FdKey> {
        self.registrations.find(lp.id()).map_or_else(|| self.register(lp, fd), Ok)
    }

    fn register(&self, lp: &Loop, fd: BorrowedFd<'_>) -> io::Result<FdKey> {
        let key = lp.register_fd(fd)?;
        self.registrations.add((lp.id(), key));
        Ok(key)
    }

    /// Takes the socket out of every loop.
    fn deregister(&mut self) {
        if self.registrations.first.get().is_none() {
            return;
        }
        let Some(socket) = &self.socket else { return };
        let fd = socket.as_fd();
        let Registrations { first, others } = std::mem::take(&mut self.registrations);
        let others = others.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (id, key) in first.into_inner().into_iter().chain(others) {
            current::with_loop(|lp| match lp {
                Some(lp) if lp.id() == id => lp.deregister_fd(fd, key),
                _ => id.deregister(fd, key),
            });
        }
    }

    /// Gives the socket back, registered nowhere.
    pub(crate) fn into_inner(mut self) -> S {
        self.deregister();
        self.socket.take().expect("only into_inner takes the socket, and it takes self")
    }
}

/// What edges have told of one direction at one moment.
#[derive(Clone, Copy)]
struct Told {
    worth_a_try: bool,
    /// Where, and how many had come; an operation that takes its time may be overtaken by the next.
    edges: Option<(LoopId, FdKey, u32)>,
}

/// Parks the thread until an edge comes or the deadline passes.
fn wait_in_loop(cx: Cx<'_>, key: FdKey, direction: Direction, deadline: Option<Instant>) {
    let mut readiness = Readiness { lp: cx.lp, key, direction, waiter: None };
    wait::on_loop(cx, &mut readiness, deadline).or_raise();
}

/// How long it is until the deadline.
pub(crate) fn left(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|deadline| deadline.saturating_duration_since(wait::now()))
}

impl<S: AsFd> Drop for Source<S> {
    fn drop(&mut self) {
        // The socket itself is closed after this, when the field is dropped.
        self.deregister();
    }
}

impl Registrations {
    #[inline]
    fn find(&self, id: LoopId) -> Option<FdKey> {
        match self.first.get() {
            Some((loop_id, key)) if *loop_id == id => Some(*key),
            None => None,
            Some(_) => self.find_other(id),
        }
    }

    #[cold]
    fn find_other(&self, id: LoopId) -> Option<FdKey> {
        let others = self.others();
        others.iter().find(|(loop_id, _)| *loop_id == id).map(|(_, key)| *key)
    }

    fn add(&self, registered: Registered) {
        if let Err(registered) = self.first.set(registered) {
            let mut others = self.others();
            others.retain(|(id, _)| id.is_live());
            others.push(registered);
        }
    }

    fn others(&self) -> MutexGuard<'_, Vec<Registered>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fires at the next edge of one direction.
struct Readiness<'a> {
    lp: &'a Loop,
    key: FdKey,
    direction: Direction,
    waiter: Option<LocalWaiter>,
}

impl Clause for Readiness<'_> {
    const WHAT: &'static str = "a file descriptor";

    fn register(&mut self, waiter: Waiter) {
        self.waiter = waiter.local();
        if let Some(waiter) = self.waiter {
            self.lp.add_fd_waiter(self.key, self.direction, waiter);
        }
    }

    fn deregister(&mut self) -> bool {
        self.waiter
            .is_some_and(|waiter| !self.lp.remove_fd_waiter(self.key, self.direction, waiter))
    }
}
