//! A condition variable with std's shape.

use std::fmt;
use std::sync::{self, LockResult, PoisonError};
use std::time::{Duration, Instant};

use super::mutex::MutexGuard;
use crate::sched::queue::{NOBODY, WaitQueue};
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// A condition variable, as [`std::sync::Condvar`], that parks the thread instead of blocking the OS thread.
///
/// Waiters are notified in the order in which they came, and never wake spuriously. A waiter that is interrupted
/// after it was notified passes the notification on. Unlike std's, one condvar may be used with several mutexes.
///
/// # Examples
/// ```
/// use coro::sync::{Arc, Condvar, Mutex};
/// coro::run(|| {
///     let pair = Arc::new((Mutex::new(false), Condvar::new()));
///     let child = coro::thread::spawn({
///         let pair = pair.clone();
///         move || {
///             *pair.0.lock().unwrap() = true;
///             pair.1.notify_one();
///         }
///     });
///     let ready = pair.1.wait_while(pair.0.lock().unwrap(), |ready| !*ready).unwrap();
///     assert!(*ready);
///     drop(ready);
///     child.join().unwrap();
/// });
/// ```
pub struct Condvar {
    queue: sync::Mutex<WaitQueue>,
}

/// Whether a timed wait ended because its time was up, as [`std::sync::WaitTimeoutResult`].
///
/// # Examples
/// ```
/// use coro::sync::{Condvar, Mutex, WaitTimeoutResult};
/// use std::time::Duration;
/// coro::run(|| {
///     let (mutex, condvar) = (Mutex::new(0), Condvar::new());
///     let (number, result): (_, WaitTimeoutResult) =
///         condvar.wait_timeout(mutex.lock().unwrap(), Duration::from_millis(1)).unwrap();
///     assert!(result.timed_out());
///     assert_eq!(*number, 0); // the mutex is locked again in any case
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether the time was up before a notification came.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (ready, condvar) = (Mutex::new(true), Condvar::new());
    ///     let outcome =
    ///         condvar.wait_timeout_while(ready.lock().unwrap(), Duration::ZERO, |ready| !*ready);
    ///     assert!(!outcome.unwrap().1.timed_out()); // there was nothing to wait for
    /// });
    /// ```
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// Fires when the entry is taken from the queue by a notifier.
struct Entry<'a, 'm, T: ?Sized> {
    condvar: &'a Condvar,
    /// Given up once the thread is in the queue, so that no notification can fall in between.
    guard: Option<MutexGuard<'m, T>>,
    number: u64,
}

impl<T: ?Sized> Clause for Entry<'_, '_, T> {
    const WHAT: &'static str = "a condition variable";

    fn register(&mut self, waiter: Waiter) {
        self.number = self.condvar.queue().push(waiter);
        self.guard = None;
    }

    fn deregister(&mut self) -> bool {
        !self.condvar.queue().remove(self.number)
    }
}

impl Condvar {
    /// Makes a condition variable nobody waits for.
    ///
    /// # Examples
    /// ```
    /// static READY: coro::sync::Condvar = coro::sync::Condvar::new();
    /// READY.notify_all();
    /// ```
    #[must_use]
    pub const fn new() -> Condvar {
        Condvar { queue: sync::Mutex::new(WaitQueue::new()) }
    }

    /// Unlocks the mutex, waits for a notification, and locks it again.
    ///
    /// # Errors
    /// The guard inside an error, if the mutex is poisoned.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait with the mutex unlocked.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// coro::run(|| {
    ///     let (ready, condvar) = (Mutex::new(false), Condvar::new());
    ///     coro::thread::scope(|scope| {
    ///         let guard = ready.lock().unwrap();
    ///         scope.spawn(|| {
    ///             *ready.lock().unwrap() = true; // unlocked by the wait
    ///             condvar.notify_one();
    ///         });
    ///         assert!(*condvar.wait(guard).unwrap());
    ///     });
    /// });
    /// ```
    pub fn wait<'a, T: ?Sized>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        match self.wait_until(guard, None) {
            Ok((guard, _)) => Ok(guard),
            Err(error) => Err(PoisonError::new(error.into_inner().0)),
        }
    }

    /// Waits until a notification comes while `condition` is false; returns at once if it is.
    ///
    /// # Errors
    /// The guard inside an error, if the mutex is poisoned.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// coro::run(|| {
    ///     let (jobs, condvar) = (Mutex::new(Vec::new()), Condvar::new());
    ///     coro::thread::scope(|scope| {
    ///         scope.spawn(|| {
    ///             jobs.lock().unwrap().push("job");
    ///             condvar.notify_one();
    ///         });
    ///         let mut jobs = condvar.wait_while(jobs.lock().unwrap(), |jobs| jobs.is_empty()).unwrap();
    ///         assert_eq!(jobs.pop(), Some("job"));
    ///     });
    /// });
    /// ```
    pub fn wait_while<'a, T: ?Sized, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`wait`](Self::wait), for at most `limit` by the loop's clock.
    ///
    /// # Errors
    /// The guard inside an error, if the mutex is poisoned.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    ///     let guard = mutex.lock().unwrap();
    ///     let (_guard, result) = condvar.wait_timeout(guard, Duration::from_millis(1)).unwrap();
    ///     assert!(result.timed_out());
    /// });
    /// ```
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.wait_until(guard, wait::deadline_after(limit))
    }

    /// As [`wait_timeout`](Self::wait_timeout), in milliseconds; false if the time was up.
    ///
    /// # Errors
    /// The guard inside an error, if the mutex is poisoned.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// #![allow(deprecated)]
    /// use coro::sync::{Condvar, Mutex};
    /// coro::run(|| {
    ///     let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    ///     let (_guard, in_time) = condvar.wait_timeout_ms(mutex.lock().unwrap(), 1).unwrap();
    ///     assert!(!in_time);
    /// });
    /// ```
    #[deprecated = "use wait_timeout, as in std"]
    pub fn wait_timeout_ms<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let in_time = |(guard, result): (_, WaitTimeoutResult)| (guard, !result.timed_out());
        match self.wait_timeout(guard, Duration::from_millis(u64::from(ms))) {
            Ok(both) => Ok(in_time(both)),
            Err(poisoned) => Err(PoisonError::new(in_time(poisoned.into_inner()))),
        }
    }

    /// As [`wait_while`](Self::wait_while), for at most `limit` in all by the loop's clock.
    ///
    /// # Errors
    /// The guard inside an error, if the mutex is poisoned.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let (ready, condvar) = (Mutex::new(false), Condvar::new());
    ///     let limit = Duration::from_millis(1);
    ///     let (ready, result) =
    ///         condvar.wait_timeout_while(ready.lock().unwrap(), limit, |ready| !*ready).unwrap();
    ///     assert!(result.timed_out() && !*ready);
    /// });
    /// ```
    pub fn wait_timeout_while<'a, T: ?Sized, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let deadline = wait::deadline_after(limit);
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            if deadline.is_some_and(|deadline| deadline <= wait::now()) {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            guard = self.wait_until(guard, deadline)?.0;
        }
    }

    fn wait_until<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let mutex = guard.mutex();
        let mut entry = Entry { condvar: self, guard: Some(guard), number: NOBODY };
        let timed_out = match wait::on(&mut entry, deadline) {
            Outcome::Interrupted(interrupt) => {
                // An interrupt that was pending already came before the mutex was given up.
                drop(entry.guard.take());
                interrupt.raise()
            }
            Outcome::Fired => WaitTimeoutResult(false),
            Outcome::TimedOut => WaitTimeoutResult(true),
        };
        match mutex.lock_or_outcome() {
            Ok(Ok(guard)) => Ok((guard, timed_out)),
            Ok(Err(poisoned)) => Err(PoisonError::new((poisoned.into_inner(), timed_out))),
            Err(outcome) => {
                if !timed_out.timed_out() {
                    self.notify_one();
                }
                outcome.or_raise();
                unreachable!("a lock is waited for without a deadline")
            }
        }
    }

    /// Wakes the thread that waits for longest, if there is one.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// coro::run(|| {
    ///     let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    ///     coro::thread::scope(|scope| {
    ///         let wait = || drop(condvar.wait(mutex.lock().unwrap()));
    ///         let (first, second) = (scope.spawn(wait), scope.spawn(wait));
    ///         coro::thread::yield_now(); // both wait now
    ///         condvar.notify_one();
    ///         first.join().unwrap();
    ///         assert!(!second.is_finished()); // it waits on
    ///         condvar.notify_one();
    ///     });
    /// });
    /// ```
    pub fn notify_one(&self) {
        let first = self.queue().pop();
        if let Some((_, waiter)) = first {
            waiter.wake();
        }
    }

    /// Wakes all threads that wait at the moment.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Condvar, Mutex};
    /// coro::run(|| {
    ///     let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    ///     coro::thread::scope(|scope| {
    ///         let waiters =
    ///             [(); 3].map(|()| scope.spawn(|| drop(condvar.wait(mutex.lock().unwrap()))));
    ///         coro::thread::yield_now(); // all of them wait now
    ///         condvar.notify_all();
    ///         assert!(waiters.into_iter().all(|waiter| waiter.join().is_ok()));
    ///     });
    /// });
    /// ```
    pub fn notify_all(&self) {
        let mut all = self.queue().take_all();
        while let Some((_, waiter)) = all.pop() {
            waiter.wake();
        }
    }

    fn queue(&self) -> sync::MutexGuard<'_, WaitQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Condvar {
    fn default() -> Condvar {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
