//! The original manual's condition variable: a wake-up carries a value.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{CondError, TimeoutError};
use crate::sched::queue::{NOBODY, WaitQueue};
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// A condition to wait on without a mutex; whoever wakes a waiter hands it a `T`.
///
/// The counterpart of the manual's `coroutine_cond`. It keeps nothing: a value is handed to a thread that waits at
/// that moment, or refused. Waiters are served in the order in which they came. It works between threads of one loop,
/// of several loops, and plain OS threads.
///
/// # Examples
/// ```
/// use std::rc::Rc;
/// coro::run(|| {
///     let cond = Rc::new(coro::Cond::new());
///     let waiter = coro::thread::spawn({ let cond = cond.clone(); move || cond.wait() });
///     coro::thread::yield_now(); // it waits now
///     cond.wake_one("news").expect("somebody waits");
///     assert_eq!(waiter.join().unwrap(), "news");
/// });
/// ```
#[doc(alias("coroutine_cond", "Notify"))]
pub struct Cond<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    queue: WaitQueue,
    /// Values handed to waiters that have not run since, by their number in the queue.
    handed: HashMap<u64, T>,
}

/// Fires when a value was handed over.
struct Entry<'a, T> {
    cond: &'a Cond<T>,
    number: u64,
    value: Option<T>,
}

impl<T> Clause for Entry<'_, T> {
    const WHAT: &'static str = "a Cond";

    fn register(&mut self, waiter: Waiter) {
        self.number = self.cond.state().queue.push(waiter);
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.cond.state();
        if state.queue.remove(self.number) {
            return false;
        }
        self.value = state.handed.remove(&self.number);
        true
    }
}

impl<T> Cond<T> {
    /// Makes a condition nobody waits for.
    ///
    /// # Examples
    /// ```
    /// let cond = coro::Cond::<u32>::new();
    /// assert_eq!(cond.waiters(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Cond<T> {
        let state = State { queue: WaitQueue::new(), handed: HashMap::new() };
        Cond { state: Mutex::new(state) }
    }

    /// Waits to be woken and returns what the waker gave.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. A value that was handed over before is returned first.
    ///
    /// # Examples
    /// ```
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let cond = Rc::new(coro::Cond::new());
    ///     let [first, second] = [(); 2]
    ///         .map(|()| coro::thread::spawn({ let cond = cond.clone(); move || cond.wait() }));
    ///     coro::thread::yield_now(); // both wait now
    ///     cond.wake_one(1).unwrap();
    ///     cond.wake_one(2).unwrap();
    ///     assert_eq!(first.join().unwrap(), 1); // first come, first served
    ///     assert_eq!(second.join().unwrap(), 2);
    /// });
    /// ```
    pub fn wait(&self) -> T {
        loop {
            if let Some(value) = self.wait_to(None) {
                return value;
            }
        }
    }

    /// Waits to be woken, for at most `limit` by the loop's clock.
    ///
    /// # Errors
    /// [`TimeoutError`] if nobody woke it in time.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let cond = coro::Cond::<u32>::new();
    ///     assert!(cond.wait_timeout(Duration::from_millis(1)).is_err());
    /// });
    /// ```
    pub fn wait_timeout(&self, limit: Duration) -> Result<T, TimeoutError> {
        match wait::deadline_after(limit) {
            Some(deadline) => self.wait_until(deadline),
            None => Ok(self.wait()),
        }
    }

    /// Waits to be woken, but not after `deadline` by the loop's clock.
    ///
    /// # Errors
    /// [`TimeoutError`] if nobody woke it in time.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let cond = coro::Cond::<u32>::new();
    ///     let deadline = coro::time::now() + Duration::from_millis(1);
    ///     assert!(cond.wait_until(deadline).is_err());
    ///     assert!(coro::time::now() >= deadline);
    /// });
    /// ```
    pub fn wait_until(&self, deadline: Instant) -> Result<T, TimeoutError> {
        self.wait_to(Some(deadline)).ok_or(TimeoutError)
    }

    /// Waits until it is woken with a value for which `condition` is false, and returns that.
    ///
    /// As `wait_while` of std's condition variable, except that there is nothing to look at before the first wake-up.
    /// Values for which the condition is true are dropped: who handed them over counts them as taken. The thread queues
    /// up again after each, behind those who wait by then.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let progress = Rc::new(coro::Cond::new());
    ///     let waiter = coro::thread::spawn({
    ///         let progress = progress.clone();
    ///         move || progress.wait_while(|percent| *percent < 50)
    ///     });
    ///     for percent in [10, 40, 70] {
    ///         coro::thread::yield_now(); // it waits now
    ///         progress.wake_all(percent);
    ///     }
    ///     assert_eq!(waiter.join().unwrap(), 70);
    /// });
    /// ```
    pub fn wait_while(&self, mut condition: impl FnMut(&mut T) -> bool) -> T {
        loop {
            let mut value = self.wait();
            if !condition(&mut value) {
                return value;
            }
        }
    }

    /// As [`wait_while`](Self::wait_while), but waits for at most `limit` in all.
    ///
    /// # Errors
    /// [`TimeoutError`] if no such value came in time.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let progress = coro::Cond::<u32>::new();
    ///     let late = progress.wait_timeout_while(Duration::from_millis(1), |percent| *percent < 50);
    ///     assert!(late.is_err());
    /// });
    /// ```
    pub fn wait_timeout_while(
        &self,
        limit: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<T, TimeoutError> {
        let Some(deadline) = wait::deadline_after(limit) else {
            return Ok(self.wait_while(condition));
        };
        loop {
            let mut value = self.wait_until(deadline)?;
            if !condition(&mut value) {
                return Ok(value);
            }
        }
    }

    fn wait_to(&self, deadline: Option<Instant>) -> Option<T> {
        let mut entry = Entry { cond: self, number: NOBODY, value: None };
        match wait::on(&mut entry, deadline) {
            Outcome::Interrupted(interrupt) => interrupt.raise(),
            Outcome::Fired | Outcome::TimedOut => entry.value,
        }
    }

    /// Hands `value` to the thread that waits for longest.
    ///
    /// # Errors
    /// The value inside an error, if no thread waits.
    ///
    /// # Examples
    /// ```
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let cond = Rc::new(coro::Cond::new());
    ///     let waiter = coro::thread::spawn({ let cond = cond.clone(); move || cond.wait() });
    ///     coro::thread::yield_now(); // it waits now
    ///     assert!(cond.wake_one("first").is_ok());
    ///     assert!(cond.wake_one("second").is_err()); // the only waiter has its value already
    ///     assert_eq!(waiter.join().unwrap(), "first");
    /// });
    /// ```
    #[doc(alias("notify", "notify_one"))]
    pub fn wake_one(&self, value: T) -> Result<(), CondError<T>> {
        let mut state = self.state();
        let Some((number, waiter)) = state.queue.pop() else {
            return Err(CondError::new(value));
        };
        state.handed.insert(number, value);
        drop(state);
        waiter.wake();
        Ok(())
    }

    /// Hands a value made by `make` to each thread that waits, in the order in which they came; says to how many.
    ///
    /// For values that cannot be cloned. A value is made before its receiver is taken, so the last one may find that
    /// nobody waits any more; it is dropped then.
    ///
    /// # Examples
    /// ```
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let cond = Rc::new(coro::Cond::new());
    ///     let waiters: Vec<_> = (0..3)
    ///         .map(|_| coro::thread::spawn({ let cond = cond.clone(); move || cond.wait() }))
    ///         .collect();
    ///     coro::thread::yield_now();
    ///     let mut ticket = 0;
    ///     assert_eq!(cond.wake_all_with(|| { ticket += 1; ticket }), 3);
    ///     let tickets: Vec<i32> = waiters.into_iter().map(|waiter| waiter.join().unwrap()).collect();
    ///     assert_eq!(tickets, [1, 2, 3]);
    /// });
    /// ```
    pub fn wake_all_with(&self, make: impl FnMut() -> T) -> usize {
        self.wake_up_to(usize::MAX, make)
    }

    fn wake_up_to(&self, count: usize, mut make: impl FnMut() -> T) -> usize {
        let due = count.min(self.waiters());
        // Each value is made before the waiter is taken and with nothing locked: it is user code.
        (0..due).take_while(|_| self.wake_one(make()).is_ok()).count()
    }

    /// How many threads wait.
    ///
    /// # Examples
    /// ```
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let cond = Rc::new(coro::Cond::<()>::new());
    ///     let waiter = coro::thread::spawn({ let cond = cond.clone(); move || cond.wait() });
    ///     coro::thread::yield_now();
    ///     assert_eq!(cond.waiters(), 1);
    ///     waiter.kill();
    ///     assert!(waiter.join().unwrap_err().is_killed());
    ///     assert_eq!(cond.waiters(), 0);
    /// });
    /// ```
    pub fn waiters(&self) -> usize {
        self.state().queue.len()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Cond<T> {
    /// Hands a clone of `value` to each of the `count` threads that wait for longest; says to how many.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::Cond::new().wake_n(3, "nobody"), 0);
    /// ```
    pub fn wake_n(&self, count: usize, value: T) -> usize {
        self.wake_up_to(count, || value.clone())
    }

    /// Hands a clone of `value` to every thread that waits; says to how many.
    ///
    /// # Examples
    /// ```
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let cond = Rc::new(coro::Cond::new());
    ///     let waiters: Vec<_> = (0..3)
    ///         .map(|_| coro::thread::spawn({ let cond = cond.clone(); move || cond.wait() }))
    ///         .collect();
    ///     coro::thread::yield_now();
    ///     assert_eq!(cond.wake_all(7), 3);
    ///     for waiter in waiters { assert_eq!(waiter.join().unwrap(), 7); }
    /// });
    /// ```
    #[doc(alias("notify_all", "notifyAll"))]
    pub fn wake_all(&self, value: T) -> usize {
        self.wake_n(usize::MAX, value)
    }
}

impl<T> Default for Cond<T> {
    fn default() -> Cond<T> {
        Cond::new()
    }
}

impl<T> fmt::Debug for Cond<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cond").field("waiters", &self.waiters()).finish_non_exhaustive()
    }
}
