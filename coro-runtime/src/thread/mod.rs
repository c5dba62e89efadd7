//! Threads, shaped after [`std::thread`]: spawning, joining, parking, scopes, and what each has for itself
//! ([`local!`](crate::local)). Added are ways to run many at a time: [`join`](fn@join), [`map_bounded`], [`JoinSet`].
//!
//! A thread here is stackful and belongs to the loop of its OS thread; it never leaves it, so `Rc`, `RefCell` guards
//! and thread-locals stay valid across waits. Outside any loop, the functions that wait block the OS thread as std's.

mod builder;
mod end;
mod endings;
mod exchange;
mod future;
mod handle;
mod join;
mod join_set;
mod local;
mod map;
mod packet;
mod resume;
mod routine;
mod scope;

use std::num::NonZero;
use std::time::Duration;

pub use crate::error::AccessError;
pub use crate::id::ThreadId;
pub use crate::time::{sleep, sleep_absolute, sleep_until};
pub use builder::{Builder, spawn};
pub use future::JoinFuture;
pub use handle::{JoinHandle, Thread};
pub use join::join;
pub use join_set::JoinSet;
pub use local::LocalKey;
pub use map::map_bounded;
pub use resume::{ResumeHandle, ResumeRoutine};
pub use routine::Routine;
pub use scope::{Scope, ScopedJoinHandle, ScopedResumeHandle, scope};

use crate::error::JoinError;
use crate::sched::current::{self, Cx};
use crate::sched::record::Token;
use crate::sched::unwind;
use crate::sched::wait::{self, Clause, Waiter};

/// What [`JoinHandle::join`] returns, as [`std::thread::Result`], whose error is a boxed payload instead.
///
/// # Examples
/// ```
/// fn total(threads: Vec<coro::thread::JoinHandle<u32>>) -> coro::thread::Result<u32> {
///     threads.into_iter().map(coro::thread::JoinHandle::join).sum()
/// }
///
/// coro::run(|| {
///     let threads = [1, 2, 3].map(|n| coro::thread::spawn(move || n));
///     assert_eq!(total(threads.into()).unwrap(), 6);
/// });
/// ```
pub type Result<T> = std::result::Result<T, JoinError>;

/// A handle to the running thread, as [`std::thread::current`].
///
/// Outside any loop it stands for the OS thread. The original manual calls it `current_thread`.
///
/// # Examples
/// ```
/// coro::run(|| assert_eq!(coro::thread::current().name(), Some("main")));
/// ```
#[doc(alias = "current_thread")]
#[must_use]
pub fn current() -> Thread {
    current::with(|cx| match cx {
        Some(Cx { lp, rec }) => Thread::coro(lp.id(), lp.key_of(rec), rec.name.clone()),
        None => Thread::os(std::thread::current()),
    })
}

/// Lets the other ready threads run first, as [`std::thread::yield_now`]. The original manual calls it `yield`.
///
/// # Interruption
/// Kill, raise and timeout are delivered here.
///
/// # Examples
/// ```
/// use std::{cell::Cell, rc::Rc};
/// coro::run(|| {
///     let ran = Rc::new(Cell::new(false));
///     coro::thread::spawn({ let ran = ran.clone(); move || ran.set(true) });
///     assert!(!ran.get());
///     coro::thread::yield_now();
///     assert!(ran.get());
/// });
/// ```
#[doc(alias = "yield")]
#[inline(always)]
pub fn yield_now() {
    wait::yield_now();
}

/// Waits until the thread's token is there, and takes it, as [`std::thread::park`].
///
/// [`Thread::unpark`] leaves the token. Unlike std's, it does not return without a token.
///
/// # Interruption
/// Kill, raise and timeout end the wait; the token, if it comes later, stays.
///
/// # Examples
/// ```
/// coro::run(|| {
///     coro::thread::current().unpark();
///     coro::thread::park(); // the token is there, so this returns at once
/// });
/// ```
#[doc(alias = "yield")]
pub fn park() {
    park_until(None);
}

/// Waits for the thread's token, but at most for `limit`, as [`std::thread::park_timeout`].
///
/// A limit beyond the clock's range, such as [`Duration::MAX`], means none.
///
/// # Interruption
/// Kill, raise and timeout end the wait.
///
/// # Examples
/// ```
/// coro::run(|| coro::thread::park_timeout(std::time::Duration::from_millis(1)));
/// ```
pub fn park_timeout(limit: Duration) {
    park_until(Some(limit));
}

/// As [`park_timeout`], with the limit in milliseconds: [`std::thread::park_timeout_ms`].
///
/// # Interruption
/// Kill, raise and timeout end the wait.
///
/// # Examples
/// ```
/// # #![allow(deprecated)]
/// coro::run(|| coro::thread::park_timeout_ms(1));
/// ```
#[deprecated(note = "replaced by `coro::thread::park_timeout`, as in std")]
pub fn park_timeout_ms(milliseconds: u32) {
    park_timeout(Duration::from_millis(milliseconds.into()));
}

/// As [`sleep`], with the time in milliseconds: [`std::thread::sleep_ms`].
///
/// # Interruption
/// Kill, raise and timeout end the sleep.
///
/// # Examples
/// ```
/// # #![allow(deprecated)]
/// coro::run(|| coro::thread::sleep_ms(1));
/// ```
#[deprecated(note = "replaced by `coro::thread::sleep`, as in std")]
pub fn sleep_ms(milliseconds: u32) {
    sleep(Duration::from_millis(milliseconds.into()));
}

fn park_until(limit: Option<Duration>) {
    let in_loop = current::with(|cx| {
        let Some(cx) = cx else { return false };
        let deadline = limit.and_then(wait::deadline_after);
        while !take_token(cx) {
            let timed_out = !wait::on(&mut Unparked { cx }, deadline).or_raise();
            if timed_out {
                break;
            }
        }
        true
    });
    match limit {
        _ if in_loop => {}
        None => std::thread::park(),
        Some(limit) => std::thread::park_timeout(limit),
    }
}

/// Takes the running thread's token; whether it was there.
fn take_token(cx: Cx<'_>) -> bool {
    cx.rec.unpark_token.replace(Token::Absent) == Token::Present
}

/// Fires when the running thread's token is set.
struct Unparked<'a> {
    cx: Cx<'a>,
}

impl Clause for Unparked<'_> {
    const WHAT: &'static str = "an unpark";

    fn register(&mut self, _waiter: Waiter) {
        // The token was taken just before, so it is absent: nobody else has run meanwhile.
        self.cx.rec.unpark_token.set(Token::Awaited);
    }

    fn deregister(&mut self) -> bool {
        let token = &self.cx.rec.unpark_token;
        if token.get() == Token::Awaited {
            token.set(Token::Absent);
        }
        token.get() == Token::Present
    }
}

/// Whether the running thread is unwinding, by a panic or an interrupt, as [`std::thread::panicking`].
///
/// Unlike std's, it does not see the unwinding of other threads that wait in a destructor meanwhile.
///
/// # Examples
/// ```
/// assert!(!coro::thread::panicking());
/// ```
#[must_use]
pub fn panicking() -> bool {
    unwind::panicking()
}

/// How many OS threads can run at once on this machine: [`std::thread::available_parallelism`].
///
/// # Errors
/// As std's.
///
/// # Examples
/// ```
/// assert!(coro::thread::available_parallelism().unwrap().get() >= 1);
/// ```
pub fn available_parallelism() -> std::io::Result<NonZero<usize>> {
    std::thread::available_parallelism()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use super::*;

    fn is_send_and_sync<T: Send + Sync>() {}
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

    #[test]
    fn types_may_go_where_those_of_std_may() {
        is_send_and_sync::<Thread>();
        is_send_and_sync::<ThreadId>();
        is_send_and_sync::<Builder>();
        is_send_and_sync::<JoinHandle<Cell<u8>>>();
        is_send_and_sync::<JoinError>();
        is_send_and_sync::<AccessError>();
        is_send_and_sync::<LocalKey<*const u8>>();
        is_send_and_sync::<JoinSet<Cell<u8>>>();
    }

    #[test]
    fn types_are_unwind_safe_where_those_of_std_are() {
        is_unwind_safe::<Thread>();
        is_unwind_safe::<ThreadId>();
        is_unwind_safe::<Builder>();
        is_unwind_safe::<AccessError>();
        is_unwind_safe::<LocalKey<*const u8>>();
        is_unwind_safe::<LocalKey<Cell<u8>>>();
    }
}
