//! A descriptor's readiness as something that a choice may wait for.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use slab::Slab;

use super::source::Source;
use crate::channel::{Awaited, Wait};
use crate::sched::choice::{Branch, Candidate, Enlisted, Key};
use crate::sched::current::{self, Cx};
use crate::sched::reactor::{FdKey, LocalWaiter};
use crate::sched::wait::Waiter;
use crate::sys::socket::{Direction, is_ready};

/// The readiness of a socket, a pipe or a source in one direction, for [`select!`](crate::select): what `readable` and `writable` return.
///
/// It takes nothing: when it is chosen, nothing was read or written yet, and somebody else may be faster. What comes of it
/// is `Ok`, or the error of asking the system.
///
/// # Examples
/// ```
/// use coro::net::{TcpListener, TcpStream};
/// use std::time::Duration;
/// coro::run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let _client = TcpStream::connect(listener.local_addr()?)?;
///     coro::select! {
///         wait(listener.readable()) -> ready => ready?,
///         wait(Duration::from_secs(60)) => panic!("somebody has come"),
///     }
///     listener.accept()?;
///     Ok(())
/// }).unwrap();
/// ```
#[must_use = "it does nothing unless a select waits for it"]
pub struct Readiness<'a> {
    source: &'a dyn Registers,
    /// The descriptor; asking the source again might run user code.
    fd: BorrowedFd<'a>,
    direction: Direction,
    /// Who waits for it in the loop's reactor, each under the key that the choice has got.
    waiting: RefCell<Slab<(FdKey, LocalWaiter)>>,
    /// What went wrong, until somebody is told.
    error: RefCell<Option<io::Error>>,
}

/// A descriptor that can be registered with a loop.
pub(super) trait Registers {
    /// The key under which the running thread's loop knows the descriptor.
    fn key(&self, cx: Cx<'_>, fd: BorrowedFd<'_>) -> io::Result<FdKey>;
}

impl<S: AsFd> Registers for Source<S> {
    fn key(&self, cx: Cx<'_>, fd: BorrowedFd<'_>) -> io::Result<FdKey> {
        self.key_in(cx.lp, fd)
    }
}

impl<S: AsFd> Source<S> {
    /// The readiness in one direction, to be waited for.
    pub(crate) fn readiness(&self, direction: Direction) -> Readiness<'_> {
        let (fd, waiting, error) = (self.get().as_fd(), RefCell::default(), RefCell::default());
        Readiness { source: self, fd, direction, waiting, error }
    }
}

impl Readiness<'_> {
    /// Joins the waiters of the descriptor in the running thread's loop; a choice outside any loop polls for it.
    fn register(&self, waiter: &Waiter) -> io::Result<Key> {
        current::with(|cx| {
            let (Some(cx), Some(waiter)) = (cx, waiter.local()) else { return Ok(Key::MAX) };
            let key = self.source.key(cx, self.fd)?;
            cx.lp.add_fd_waiter(key, self.direction, waiter);
            Ok(self.waiting.borrow_mut().insert((key, waiter)))
        })
    }
}

impl Branch for Readiness<'_> {
    fn attempt(&self) -> Option<Key> {
        self.is_ready().then_some(0)
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        self.watch(candidate.into_waiter())
    }

    fn withdraw(&self, key: Key) {
        if let Some((key, waiter)) = self.waiting.borrow_mut().try_remove(key) {
            current::with(|cx| cx.map(|cx| cx.lp.remove_fd_waiter(key, self.direction, waiter)));
        }
    }

    fn abandon(&self, _key: Key) {}

    fn complete(&self, _key: Key) -> io::Result<()> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn is_ready(&self) -> bool {
        if self.error.borrow().is_some() {
            return true;
        }
        match is_ready(self.fd, self.direction) {
            Ok(ready) => ready,
            Err(error) => {
                self.error.replace(Some(error));
                true
            }
        }
    }

    // The kernel was asked just before, and the reactor reads edges only when this thread is parked: none is missed.
    fn watch(&self, waiter: Waiter) -> Enlisted {
        match self.register(&waiter) {
            Ok(key) => Enlisted::Waiting(key),
            Err(error) => {
                self.error.replace(Some(error));
                Enlisted::Ready
            }
        }
    }

    fn descriptor(&self) -> Option<(BorrowedFd<'_>, Direction)> {
        Some((self.fd, self.direction))
    }
}

impl<'a> Wait<'a> for Readiness<'a> {
    type Output = io::Result<()>;

    fn into_awaited(self) -> Awaited<'a> {
        Awaited::of(self)
    }

    fn output(outcome: io::Result<()>) -> io::Result<()> {
        outcome
    }
}

impl fmt::Debug for Readiness<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").field("direction", &self.direction).finish_non_exhaustive()
    }
}
