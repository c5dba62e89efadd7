//! A meeting point for a fixed number of threads.

use std::fmt;
use std::sync::{self, PoisonError};

use crate::sched::queue::WaitQueue;
use crate::sched::wait::{self, Clause, Waiter};

/// A point where threads wait for each other, as [`std::sync::Barrier`], that parks them.
///
/// It works between threads of one loop, of several loops, and plain OS threads, and may be used again and again. A
/// thread that is interrupted while it waits is no longer counted: somebody else must come in its place.
///
/// # Examples
/// ```
/// use coro::sync::Barrier;
/// let barrier = Barrier::new(3);
/// coro::run(|| {
///     let leaders = coro::thread::scope(|scope| {
///         let threads = [(); 3].map(|()| scope.spawn(|| barrier.wait().is_leader()));
///         threads.map(|thread| thread.join().unwrap()).into_iter().filter(|leads| *leads).count()
///     });
///     assert_eq!(leaders, 1);
/// });
/// ```
pub struct Barrier {
    /// How many must come.
    count: usize,
    /// Those who wait: always fewer than must come.
    queue: sync::Mutex<WaitQueue>,
}

/// What [`Barrier::wait`] returns: whether this thread was the last to come.
///
/// # Examples
/// ```
/// use coro::sync::{Barrier, BarrierWaitResult};
/// let result: BarrierWaitResult = Barrier::new(1).wait();
/// assert_eq!(format!("{result:?}"), "BarrierWaitResult { is_leader: true }");
/// ```
pub struct BarrierWaitResult(bool);

/// Where a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is not at the barrier.
    Away,
    /// It waits, under this number.
    Waiting(u64),
    /// The last one has come.
    Released,
    /// It is the last one itself.
    Leader,
}

/// Fires when the last one has come.
struct Arrival<'a> {
    barrier: &'a Barrier,
    place: Place,
}

impl Clause for Arrival<'_> {
    const WHAT: &'static str = "a barrier";

    fn register(&mut self, waiter: Waiter) {
        let mut queue = self.barrier.queue();
        // Others may have come since the first look.
        if self.barrier.is_last(&queue) {
            self.barrier.release(queue);
            self.place = Place::Leader;
            return waiter.wake();
        }
        self.place = Place::Waiting(queue.push(waiter));
    }

    fn deregister(&mut self) -> bool {
        if let Place::Waiting(number) = self.place {
            let has_left = self.barrier.queue().remove(number);
            self.place = if has_left { Place::Away } else { Place::Released };
        }
        self.place != Place::Away
    }
}

impl Barrier {
    /// Makes a barrier for `n` threads; with 0, as with 1, nobody waits.
    ///
    /// # Examples
    /// ```
    /// static BOTH: coro::sync::Barrier = coro::sync::Barrier::new(2);
    /// let other = std::thread::spawn(|| BOTH.wait().is_leader());
    /// assert_ne!(BOTH.wait().is_leader(), other.join().unwrap());
    /// ```
    #[must_use]
    pub const fn new(n: usize) -> Barrier {
        Barrier { count: n, queue: sync::Mutex::new(WaitQueue::new()) }
    }

    /// Waits until as many threads wait as the barrier is for; the last of them is the leader, and does not wait.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, unless the last thread has come already, and take the thread out of the
    /// count.
    ///
    /// # Examples
    /// ```
    /// let barrier = coro::sync::Barrier::new(2);
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let first = scope.spawn(|| barrier.wait().is_leader());
    ///     coro::thread::yield_now(); // it waits now
    ///     assert!(!first.is_finished());
    ///     assert!(barrier.wait().is_leader());
    ///     assert!(!first.join().unwrap());
    /// }));
    /// ```
    pub fn wait(&self) -> BarrierWaitResult {
        let mut arrival = Arrival { barrier: self, place: Place::Away };
        loop {
            if self.try_release() {
                return BarrierWaitResult(true);
            }
            wait::on(&mut arrival, None).or_raise();
            match arrival.place {
                Place::Leader => return BarrierWaitResult(true),
                Place::Released => return BarrierWaitResult(false),
                Place::Away | Place::Waiting(_) => {}
            }
        }
    }

    /// Whether the thread that looks is the last to come.
    fn is_last(&self, queue: &WaitQueue) -> bool {
        queue.len() + 1 >= self.count
    }

    /// Lets all go who wait, if the thread that calls is the last to come.
    fn try_release(&self) -> bool {
        let queue = self.queue();
        let is_last = self.is_last(&queue);
        if is_last {
            self.release(queue);
        }
        is_last
    }

    /// Lets all go who wait. Collected under the queue's lock, woken after it.
    fn release(&self, mut queue: sync::MutexGuard<'_, WaitQueue>) {
        let mut all = queue.take_all();
        drop(queue);
        while let Some((_, waiter)) = all.pop() {
            waiter.wake();
        }
    }

    fn queue(&self) -> sync::MutexGuard<'_, WaitQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl BarrierWaitResult {
    /// Whether this thread was the last to come, and so the one to do what only one should do.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::sync::Barrier::new(1).wait().is_leader());
    /// ```
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult").field("is_leader", &self.0).finish()
    }
}
