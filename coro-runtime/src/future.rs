//! Between threads and futures: a thread waits for a future, and a future for a thread.
//!
//! [`block_on`] runs a future in the calling thread, which parks as long as the future is pending. The other way round,
//! a [`JoinHandle`](crate::thread::JoinHandle) is `IntoFuture`: `handle.await` gives the thread's result, in whatever
//! executor.

use std::future::IntoFuture;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake};

use crate::sched::wait::{self, Clause, Waiter};

/// Runs a future to its end in this thread, which parks while the future is pending. Outside any loop it blocks the OS
/// thread.
///
/// The future never leaves the thread, so it need not be `Send`. Its waker may be used from any OS thread, and keeps
/// nothing alive but itself. A future that wakes itself while it is polled gives way to the other threads before it is
/// polled again. Polling may wait as any code of a thread: `block_on` within `block_on` works, and parks the thread
/// with both futures. No executor or reactor of another library runs here: a future of tokio's sockets needs tokio's
/// runtime around it.
///
/// Shaped after the `block_on` of the crates `futures` and `pollster`.
///
/// # Panics
/// With what the future panics with.
///
/// # Interruption
/// Kill, raise and timeout end the wait; the unwind drops the future. While the thread unwinds, it waits all the same.
///
/// # Examples
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// coro::run(|| {
///     let steps = Rc::new(RefCell::new(Vec::new())); // not Send, and need not be
///     let worker = coro::thread::spawn({
///         let steps = steps.clone();
///         move || { steps.borrow_mut().push("worker"); 6 * 7 }
///     });
///     let answer = coro::future::block_on(async {
///         let answer = worker.await.expect("it returns");
///         steps.borrow_mut().push("future");
///         answer
///     });
///     assert_eq!((answer, steps.take()), (42, vec!["worker", "future"]));
/// });
/// ```
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let signal = Arc::new(Signal::default());
    let waker = signal.clone().into();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        signal.wait();
    }
}

/// What a waker sets, and the thread waits for.
#[derive(Default)]
struct Signal(Mutex<SignalState>);

#[derive(Default)]
struct SignalState {
    /// The waker was used since the future was last polled.
    notified: bool,
    waiter: Option<Waiter>,
}

impl Signal {
    fn state(&self) -> MutexGuard<'_, SignalState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> bool {
        std::mem::take(&mut self.state().notified)
    }

    /// Waits until the waker has been used since the last call.
    fn wait(&self) {
        if self.take() {
            // The future has woken itself, or somebody was fast. It must not keep the loop to itself.
            return wait::yield_now();
        }
        while !self.take() {
            wait::on(&mut Notified(self), None).or_raise();
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.state();
        state.notified = true;
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

/// Fires when the waker is used.
struct Notified<'a>(&'a Signal);

impl Clause for Notified<'_> {
    const WHAT: &'static str = "a future";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.0.state();
        if !state.notified {
            state.waiter = Some(waiter);
            return;
        }
        drop(state);
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.0.state();
        state.waiter = None;
        state.notified
    }
}
