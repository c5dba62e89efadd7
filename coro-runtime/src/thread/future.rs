//! A thread's end as a future, so that async code can await a [`JoinHandle`].

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::handle::{JoinHandle, Thread, result_of};
use super::packet::Reader;
use crate::error::JoinError;
use crate::sched::wait::{Clause, Waiter};

/// The result of a thread, to be awaited; `JoinHandle` turns into it by [`IntoFuture`].
///
/// It works in every executor: [`coro::future::block_on`](crate::future::block_on), or a foreign one on another OS
/// thread if the result is `Send`. The thread runs whether or not anybody polls. Dropping the future detaches the
/// thread, as dropping the handle does; it does not kill it. Polled after it was ready, it gives the error of a result
/// that was [taken](JoinError).
///
/// A [`ScopedJoinHandle`](super::ScopedJoinHandle) is no future: its scope waits for the thread anyway, and has to learn
/// from the handle who takes a panic.
///
/// # Panics
/// When a thread polls for its own end, which would never come.
///
/// # Examples
/// ```
/// use coro::thread::JoinFuture;
/// coro::run(|| {
///     let sum: JoinFuture<i32> = coro::thread::spawn(|| (1..=4).sum()).into_future();
///     sum.thread().unpark();
///     assert_eq!(coro::future::block_on(sum).expect("adding does not panic"), 10);
/// });
/// ```
///
/// A result that must stay on its OS thread keeps the future there:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// coro::run(|| send(coro::thread::spawn(|| std::rc::Rc::new(1)).into_future()));
/// ```
#[must_use = "dropping it detaches the thread; await it for the result"]
pub struct JoinFuture<T> {
    reader: Reader<T>,
    thread: Thread,
    /// The reader holds the waker of the last poll.
    is_registered: bool,
}

impl<T> JoinFuture<T> {
    /// The handle to the thread itself.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let endless = coro::thread::spawn(coro::thread::park).into_future();
    ///     endless.thread().kill();
    ///     assert!(coro::future::block_on(endless).unwrap_err().is_killed());
    /// });
    /// ```
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> IntoFuture for JoinHandle<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = JoinFuture<T>;

    fn into_future(self) -> JoinFuture<T> {
        let JoinHandle { reader, thread } = self;
        JoinFuture { reader, thread, is_registered: false }
    }
}

impl<T> Future for JoinFuture<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        // The executor may have moved the future to another task, so only the newest waker counts.
        self.deregister();
        if !self.reader.is_done() {
            self.thread.expect_other();
            let waiter = Waiter::of_task(cx.waker().clone());
            self.is_registered = true;
            self.reader.register(waiter);
            return Poll::Pending;
        }
        Poll::Ready(result_of(self.reader.try_take(), &self.thread))
    }
}

impl<T> JoinFuture<T> {
    fn deregister(&mut self) {
        if std::mem::take(&mut self.is_registered) {
            self.reader.deregister();
        }
    }
}

impl<T> Drop for JoinFuture<T> {
    fn drop(&mut self) {
        self.deregister();
    }
}

impl<T> fmt::Debug for JoinFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinFuture").field("thread", self.thread()).finish_non_exhaustive()
    }
}
