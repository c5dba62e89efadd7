//! Channels with many senders and many receivers, and the choice between them.
//!
//! The names and the behaviour are those of the crate crossbeam-channel. A thread that has to wait is parked; an OS thread
//! outside any loop is blocked. The ends work between threads of one loop, of several loops, and plain OS threads at once.
//! Messages need not be `Send`; then the ends stay on their OS thread.
//!
//! ```
//! use coro::channel::bounded;
//! coro::run(|| {
//!     let (sender, receiver) = bounded(10);
//!     coro::thread::spawn(move || {
//!         for number in 0..100 {
//!             sender.send(number).unwrap(); // parks this thread while ten lie in the channel
//!         }
//!     });
//!     assert_eq!(receiver.iter().sum::<u32>(), 4950);
//! });
//! ```

mod chan;
mod clock;
mod dynamic;
mod ends;
mod error;
mod iter;
mod line;
mod receiver;
mod sender;
mod state;
mod wait;

#[doc(hidden)]
pub mod steps;

use std::time::{Duration, Instant};

use crate::sched::wait::deadline_after;
use clock::ClockEnd;
use receiver::{Flavor, Nothing};

pub use dynamic::{Select, SelectedOperation};
pub use error::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError,
    SendTimeoutError, TryReadyError, TryRecvError, TrySelectError, TrySendError,
};
pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use sender::Sender;
pub use wait::{Awaited, Wait};

/// Waits for several operations and does one of them: the first that can be done.
///
/// ```
/// use coro::channel::{after, bounded, unbounded};
/// use std::time::Duration;
/// coro::run(|| {
///     let (requests, incoming) = unbounded();
///     let (outgoing, answers) = bounded(1);
///     requests.send(6).unwrap();
///     let worked = coro::select! {
///         recv(incoming) -> request => request.unwrap() * 7,
///         recv(after(Duration::from_secs(60))) -> _ => panic!("it is there already"),
///     };
///     coro::select! {
///         send(outgoing, worked) -> outcome => outcome.unwrap(),
///         default => panic!("there is room"),
///     }
///     assert_eq!(answers.recv(), Ok(42));
/// });
/// ```
///
/// # Arms
/// - `recv(receiver) -> pattern => body`: the pattern gets a `Result<T, RecvError>`.
/// - `send(sender, message) -> pattern => body`: the pattern gets a `Result<(), SendError<T>>`. The message is made when the
///   arm has been chosen, and only then.
/// - `wait(what) => body` and `wait(what) -> pattern => body`: something that is no channel. A `Duration` or an `Instant`;
///   `&mut` a thread's handle, for its end; `&` an [`Event`](crate::sync::Event); the readiness of a socket, a pipe or a
///   [`Source`](crate::io::Source::readable), as `socket.readable()` or `socket.writable()`. And an `Option` of these, whose
///   `None` never comes. See [`Wait`](crate::channel::Wait).
/// - `default => body`: if nothing can be done now. `default(duration) => body`: if nothing could be done for so long.
///
/// A body is an expression; after a block the comma may be left off. It may `return`, `break` and use `?`. The whole is an
/// expression with the value of the body that ran. The first three kinds of arms may be repeated; channels that come and
/// go are for [`Select`](crate::channel::Select). The ends are those of [`coro::channel`](crate::channel); those of
/// [`mpsc`](crate::sync::mpsc) cannot be chosen from.
///
/// Arms have no conditions. `wait(condition.then_some(what))` is switched off while the condition does not hold, and so is
/// a `recv` from [`never`](crate::channel::never): `recv(if condition { &receiver } else { &nothing })`.
///
/// # Which arm
/// If several can be done, each has the same chance; [`select_biased!`](crate::select_biased) takes the first. An operation
/// on a disconnected channel can be done: it fails at once. An arm that is not chosen has no effect: no message is lost,
/// and no byte is read. The names and the rules are those of crossbeam-channel.
///
/// Nor does waiting use anything up that is chosen: a thread that has ended, an event that is set, a disconnected channel
/// and bytes that the body does not read are ready again at once. In a loop, switch such an arm off, or leave the loop.
///
/// Through a channel without room, a message that is made in a `send` arm was promised to a receiver before. If that is
/// killed or runs out of time while the message is made, the `send` waits for another receiver. If the code that makes the
/// message unwinds, the receiver goes on waiting.
///
/// # Interruption
/// Kill, raise and timeout end the wait, unless an arm had been chosen before; then they come at the next suspension.
///
/// # Examples
/// Channels, a thread's end and a time in one statement:
/// ```
/// use coro::channel::unbounded;
/// use std::time::Duration;
/// coro::run(|| {
///     let (sender, progress) = unbounded();
///     let mut worker = coro::thread::spawn(move || {
///         (1..=3).for_each(|percent| sender.send(percent).unwrap());
///         coro::thread::sleep(Duration::from_millis(1));
///         "done"
///     });
///     let mut seen = 0;
///     while seen < 3 {
///         coro::select! {
///             recv(progress) -> percent => seen = percent.unwrap(),
///             wait(Duration::from_secs(60)) => panic!("it is faster"),
///         }
///     }
///     coro::select! {
///         wait(&mut worker) => assert_eq!(worker.join().unwrap(), "done"),
///         default(Duration::from_secs(60)) => panic!("it is faster"),
///     }
/// });
/// ```
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! select {
    ($($arms:tt)*) => {
        $crate::__private::select!($crate, $($arms)*)
    };
}

/// As [`select!`](crate::select), but of several operations that can be done takes the one that is written first.
///
/// # Examples
/// ```
/// use coro::channel::unbounded;
/// let (urgent_sender, urgent) = unbounded();
/// let (sender, ordinary) = unbounded();
/// sender.send("later").unwrap();
/// urgent_sender.send("first").unwrap();
/// let next = coro::select_biased! {
///     recv(urgent) -> message => message,
///     recv(ordinary) -> message => message,
/// };
/// assert_eq!(next, Ok("first"));
/// ```
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! select_biased {
    ($($arms:tt)*) => {
        $crate::__private::select_biased!($crate, $($arms)*)
    };
}

#[cfg(feature = "macros")]
pub use {select, select_biased};

/// Makes a channel with room for any number of messages; sending never waits.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let (sender, receiver) = coro::channel::unbounded();
///     coro::thread::spawn(move || sender.send(40 + 2).unwrap());
///     assert_eq!(receiver.recv(), Ok(42));
/// });
/// ```
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    with_capacity(None)
}

/// Makes a channel with room for `capacity` messages; sending waits while it is full.
///
/// With a capacity of 0 a message goes directly from who sends to who receives, and each waits for the other. A message
/// that is handed to a receiver that waits takes up no room.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let (sender, receiver) = coro::channel::bounded(0);
///     let meeting = coro::thread::spawn(move || sender.send("hand to hand").unwrap());
///     coro::thread::yield_now();
///     assert!(!meeting.is_finished()); // nobody receives yet
///     assert_eq!(receiver.recv(), Ok("hand to hand"));
///     meeting.join().unwrap();
/// });
/// ```
#[must_use]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    with_capacity(Some(capacity))
}

fn with_capacity<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    let (sending, receiving) = ends::ends(capacity);
    (Sender { end: sending }, Receiver { flavor: Flavor::Chan(receiving) })
}

/// Makes a receiver that gets one message after `duration`: the instant at which that was over.
///
/// The message comes by the loop's clock, or the system's outside any loop. Clones share it. It is made when somebody
/// looks, so a receiver that nobody asks costs nothing.
///
/// # Examples
/// ```
/// use coro::channel::{after, unbounded};
/// use std::time::Duration;
/// coro::run(|| {
///     let start = coro::time::now();
///     let pause = after(Duration::from_millis(1));
///     assert!(pause.try_recv().is_err());
///     assert!(pause.recv().unwrap() >= start + Duration::from_millis(1));
/// });
/// ```
#[must_use]
pub fn after(duration: Duration) -> Receiver<Instant> {
    deadline_after(duration).map_or_else(never, at)
}

/// Makes a receiver that gets one message at `when`: that instant. See [`after`].
///
/// # Examples
/// ```
/// coro::run(|| {
///     let now = coro::time::now();
///     assert_eq!(coro::channel::at(now).recv(), Ok(now));
/// });
/// ```
#[must_use]
pub fn at(when: Instant) -> Receiver<Instant> {
    Receiver { flavor: Flavor::Clock(ClockEnd::new(when, None)) }
}

/// Makes a receiver that gets a message every `duration`: the instant at which it was due.
///
/// There is at most one message at a time. Ticks that come while one lies there are left out, and the next one follows
/// `duration` after that was received. Clones share the messages. The clock is that of [`after`].
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::run(|| {
///     let start = coro::time::now();
///     let ticks = coro::channel::tick(Duration::from_millis(1));
///     assert!(ticks.iter().take(3).all(|tick| tick > start));
/// });
/// ```
#[must_use]
pub fn tick(duration: Duration) -> Receiver<Instant> {
    let Some(first) = deadline_after(duration) else { return never() };
    Receiver { flavor: Flavor::Clock(ClockEnd::new(first, Some(duration))) }
}

/// Makes a receiver that never gets a message.
///
/// # Examples
/// ```
/// use coro::channel::{Receiver, never};
/// static NOTHING: Receiver<u32> = never();
/// assert!(NOTHING.try_recv().unwrap_err().is_empty()); // and not disconnected
/// ```
#[must_use]
pub const fn never<T>() -> Receiver<T> {
    Receiver { flavor: Flavor::Never(Nothing) }
}
