//! What a choice may wait for besides messages.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::sched::choice::{Branch, Candidate, Enlisted, Key};
use crate::sched::wait as clock;
use crate::thread::{JoinHandle, ScopedJoinHandle};

/// Something other than a channel that [`select!`](crate::select) and [`Select::wait`](super::Select::wait) wait for.
///
/// - A [`Duration`] or an [`Instant`]: a time by the loop's clock; a duration counts from when it is given.
/// - `&mut` a [`JoinHandle`] or a [`ScopedJoinHandle`]: the end of that thread. It is not joined by that: the handle is
///   still there, and `join` does not wait then.
/// - What [`readable`](crate::net::TcpStream::readable) and [`writable`](crate::net::TcpStream::writable) of a socket, a
///   [pipe's end](crate::io::PipeReader::readable) or any other [`Source`](crate::io::Source::readable) return: its
///   readiness. Nothing is read by that.
/// - `&` an [`Event`](crate::sync::Event): that it is set.
/// - An [`Option`] of one of these: `None` never comes, so it switches an arm off.
///
/// None of them is used up by not being chosen, nor by being chosen: what has come once, a thread's end for one, can be
/// had again at once. The trait cannot be implemented outside this crate.
///
/// # Examples
/// ```
/// use coro::channel::unbounded;
/// use std::time::Duration;
/// coro::run(|| {
///     let (_sender, receiver) = unbounded::<u32>();
///     let mut worker = coro::thread::spawn(|| 6 * 7);
///     coro::select! {
///         recv(receiver) -> message => panic!("nobody sent {message:?}"),
///         wait(&mut worker) => assert_eq!(worker.join().unwrap(), 42),
///         wait(Duration::from_secs(60)) => panic!("it takes less than a minute"),
///     }
/// });
/// ```
///
/// An arm that is switched off when it has done its work:
/// ```
/// use coro::thread;
/// use std::time::Duration;
/// coro::run(|| {
///     let mut worker = Some(thread::spawn(|| "done"));
///     let mut ticks = 0;
///     while ticks < 2 {
///         coro::select! {
///             wait(worker.as_mut()) => { // an `Option` of `&mut` a handle
///                 let worker = worker.take().expect("`None` never comes");
///                 assert_eq!(worker.join().unwrap(), "done");
///             }
///             wait(Duration::from_millis(1)) => ticks += 1,
///         }
///     }
///     assert!(worker.is_none());
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "a select cannot wait for `{Self}`",
    label = "neither a time, nor `&mut` a thread's handle, nor a socket's readiness, nor `&Event`",
    note = "a socket is waited for by `socket.readable()` or `socket.writable()`, a thread by `&mut handle`",
    note = "for a `Receiver` write `recv(receiver) -> pattern => body`"
)]
pub trait Wait<'a>: Sized {
    /// What comes of it: nothing, or for a socket whether looking at it went well.
    type Output;

    #[doc(hidden)]
    fn into_awaited(self) -> Awaited<'a>;

    #[doc(hidden)]
    fn output(outcome: io::Result<()>) -> Self::Output;
}

/// Something that is waited for, as [`Select::wait`](super::Select::wait) takes it.
///
/// It borrows what it was made of, a handle or a socket, until it is dropped. It may be waited for again and again.
///
/// # Examples
/// ```
/// use coro::channel::{Awaited, Select};
/// use std::time::Duration;
/// coro::run(|| {
///     let pause = Awaited::new(Duration::from_millis(1));
///     let mut select = Select::new();
///     select.wait(&pause);
///     select.select().wait().unwrap();
/// });
/// ```
pub struct Awaited<'a>(Box<dyn Branch + 'a>);

impl<'a> Awaited<'a> {
    /// Makes it; a duration counts from now.
    ///
    /// # Panics
    /// If it is the handle of the running thread.
    ///
    /// # Examples
    /// ```
    /// let _a_minute = coro::channel::Awaited::new(std::time::Duration::from_secs(60));
    /// ```
    #[track_caller]
    pub fn new(what: impl Wait<'a>) -> Awaited<'a> {
        what.into_awaited()
    }

    pub(crate) fn of(branch: impl Branch + 'a) -> Awaited<'a> {
        Awaited(Box::new(branch))
    }

    pub(super) fn branch(&self) -> &(dyn Branch + 'a) {
        &*self.0
    }
}

impl fmt::Debug for Awaited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Awaited").finish_non_exhaustive()
    }
}

/// An awaited thing that remembers what comes of it.
#[doc(hidden)]
pub struct Waiting<'a, R> {
    awaited: Awaited<'a>,
    output: fn(io::Result<()>) -> R,
}

impl<'a, R> Waiting<'a, R> {
    #[track_caller]
    pub(super) fn new<W: Wait<'a, Output = R>>(what: W) -> Waiting<'a, R> {
        Waiting { awaited: what.into_awaited(), output: W::output }
    }

    pub(super) fn branch(&self) -> &(dyn Branch + 'a) {
        self.awaited.branch()
    }

    pub(super) fn complete(self, key: Key) -> R {
        (self.output)(self.branch().complete(key))
    }
}

impl<R> fmt::Debug for Waiting<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.awaited.fmt(f)
    }
}

/// Fires at a time; none is beyond the end of time.
struct Alarm(Option<Instant>);

impl Branch for Alarm {
    fn attempt(&self) -> Option<Key> {
        self.0.filter(|when| *when <= clock::now()).map(|_| 0)
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        // The choice itself looks at the time.
        drop(candidate);
        Enlisted::Waiting(0)
    }

    fn withdraw(&self, _key: Key) {}

    fn abandon(&self, _key: Key) {}

    fn ready_at(&self) -> Option<Instant> {
        self.0
    }
}

/// `None` never comes: in a loop it switches an arm off.
impl<'a, W: Wait<'a>> Wait<'a> for Option<W> {
    type Output = W::Output;

    #[track_caller]
    fn into_awaited(self) -> Awaited<'a> {
        match self {
            Some(what) => what.into_awaited(),
            None => Awaited::of(Alarm(None)),
        }
    }

    fn output(outcome: io::Result<()>) -> W::Output {
        W::output(outcome)
    }
}

impl<'a> Wait<'a> for Duration {
    type Output = ();

    fn into_awaited(self) -> Awaited<'a> {
        Awaited::of(Alarm(clock::deadline_after(self)))
    }

    fn output(_: io::Result<()>) {}
}

impl<'a> Wait<'a> for Instant {
    type Output = ();

    fn into_awaited(self) -> Awaited<'a> {
        Awaited::of(Alarm(Some(self)))
    }

    fn output(_: io::Result<()>) {}
}

impl<'a, T> Wait<'a> for &'a mut JoinHandle<T> {
    type Output = ();

    #[track_caller]
    fn into_awaited(self) -> Awaited<'a> {
        Awaited::of(self.end())
    }

    fn output(_: io::Result<()>) {}
}

impl<'a, T> Wait<'a> for &'a mut ScopedJoinHandle<'_, T> {
    type Output = ();

    #[track_caller]
    fn into_awaited(self) -> Awaited<'a> {
        Awaited::of(self.end())
    }

    fn output(_: io::Result<()>) {}
}
