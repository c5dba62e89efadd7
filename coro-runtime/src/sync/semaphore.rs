//! A number of permits that threads take and give back.
//!
//! One word counts the free permits and says whether anybody waits. Who finds too few, or somebody waiting, queues up.
//! Whoever gives permits back, and whoever gives up the wait, hands permits to those at the front that can have what
//! they ask for; so one who asks for many is not passed over for ever by those who ask for few. Permits are handed over,
//! never just announced: a thread that is killed meanwhile either leaves them to the next or returns with them.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{self, Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::error::TimeoutError;
use crate::sched::queue::WaitQueue;
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// The queue is not empty; only set, and only cleared, under its lock. Nobody takes a permit past it but from the queue.
const WAITED_FOR: usize = 1;
/// One free permit; the upper bits count them.
const PERMIT: usize = 2;

/// A counting semaphore: it holds permits, and a thread that takes more than there are is parked until others come back.
///
/// The counterpart of gevent's and Python's semaphores, with guards as tokio's has them. Waiters are served in the order
/// in which they came, however many permits they ask for. It works between threads of one loop, of several loops, and
/// plain OS threads.
///
/// # Examples
/// ```
/// use coro::sync::Semaphore;
/// use std::cell::Cell;
/// let (slots, (inside, most)) = (Semaphore::new(3), (Cell::new(0), Cell::new(0)));
/// coro::run(|| coro::thread::scope(|scope| {
///     for _ in 0..10 {
///         scope.spawn(|| {
///             let _permit = slots.acquire();
///             inside.set(inside.get() + 1);
///             most.set(most.get().max(inside.get()));
///             coro::thread::yield_now(); // work that only three may do at a time
///             inside.set(inside.get() - 1);
///         });
///     }
/// }));
/// assert_eq!((most.get(), slots.available_permits()), (3, 3));
/// ```
#[doc(alias("BoundedSemaphore"))]
pub struct Semaphore {
    state: AtomicUsize,
    queue: sync::Mutex<WaitQueue<Entry>>,
}

/// Who waits, and for how many permits.
#[derive(Debug)]
struct Entry {
    count: usize,
    waiter: Waiter,
}

/// Fires when the permits are handed to this thread.
struct Turn<'a> {
    semaphore: &'a Semaphore,
    count: usize,
    /// The place in the queue; none if the permits are this thread's, or the wait has not begun.
    number: Option<u64>,
}

impl Clause for Turn<'_> {
    const WHAT: &'static str = "a semaphore";

    fn register(&mut self, waiter: Waiter) {
        self.number = self.semaphore.enqueue(self.count, waiter);
    }

    fn deregister(&mut self) -> bool {
        if let Some(number) = self.number
            && self.semaphore.queue().remove(number)
        {
            // It may have stood in the way of one that asks for less.
            self.semaphore.hand_out();
            return false;
        }
        self.number = None;
        true
    }
}

impl Semaphore {
    /// The most permits that a semaphore can hold.
    pub const MAX_PERMITS: usize = usize::MAX >> 3;

    /// Makes a semaphore that holds `permits`.
    ///
    /// # Panics
    /// If there are more than [`MAX_PERMITS`](Self::MAX_PERMITS).
    ///
    /// # Examples
    /// ```
    /// static SLOTS: coro::sync::Semaphore = coro::sync::Semaphore::new(2);
    /// assert_eq!(SLOTS.available_permits(), 2);
    /// ```
    #[must_use]
    pub const fn new(permits: usize) -> Semaphore {
        assert!(
            permits <= Semaphore::MAX_PERMITS,
            "a semaphore cannot hold more than Semaphore::MAX_PERMITS permits"
        );
        let state = AtomicUsize::new(permits * PERMIT);
        Semaphore { state, queue: sync::Mutex::new(WaitQueue::new()) }
    }

    /// How many permits are free at the moment. Others may be waiting for them already.
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(2);
    /// let _permit = semaphore.acquire();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.state.load(Ordering::Relaxed) / PERMIT
    }

    /// Adds `n` new permits, and hands them to those who wait.
    ///
    /// A permit that was taken before and comes back to a semaphore that cannot hold more is lost.
    ///
    /// # Panics
    /// If more than [`MAX_PERMITS`](Self::MAX_PERMITS) would be free.
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(0);
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let waiter = scope.spawn(|| semaphore.acquire().forget());
    ///     coro::thread::yield_now(); // it waits now
    ///     semaphore.add_permits(2);
    ///     waiter.join().unwrap();
    /// }));
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    #[doc(alias("release"))]
    #[inline]
    pub fn add_permits(&self, n: usize) {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if n > Semaphore::MAX_PERMITS || state / PERMIT + n > Semaphore::MAX_PERMITS {
                refuse_permits(state / PERMIT, n);
            }
            match self.raise_to(state, state / PERMIT + n) {
                Ok(()) => return,
                Err(now) => state = now,
            }
        }
    }

    /// Gives back permits that were taken. What would be more than the semaphore can hold, since others were added
    /// meanwhile, is lost: this runs in destructors, which must not panic.
    #[inline]
    fn give_back(&self, n: usize) {
        let mut state = self.state.load(Ordering::Relaxed);
        while let Err(now) = self.raise_to(state, (state / PERMIT + n).min(Semaphore::MAX_PERMITS))
        {
            state = now;
        }
    }

    /// Makes the permits `free` if the state is still `state`, and hands them to those who wait; else says what it is.
    #[inline]
    fn raise_to(&self, state: usize, free: usize) -> Result<(), usize> {
        let raised = (free * PERMIT) | (state & WAITED_FOR);
        let (success, failure) = (Ordering::Release, Ordering::Relaxed);
        self.state.compare_exchange_weak(state, raised, success, failure)?;
        if state & WAITED_FOR != 0 {
            self.hand_out();
        }
        Ok(())
    }

    /// Takes a permit, and waits for one if there is none, or others came before.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the place in the queue is given up. If the permit was handed over before,
    /// it is returned first.
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(1);
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let permit = semaphore.acquire();
    ///     let other = scope.spawn(|| drop(semaphore.acquire()));
    ///     coro::thread::yield_now(); // it waits now
    ///     assert!(!other.is_finished());
    ///     drop(permit);
    ///     other.join().unwrap();
    /// }));
    /// ```
    #[inline]
    pub fn acquire(&self) -> SemaphorePermit<'_> {
        self.acquire_many(1)
    }

    /// As [`acquire`](Self::acquire), for `n` permits at once. Those that come later wait behind it, also for fewer.
    ///
    /// # Panics
    /// If `n` exceeds [`MAX_PERMITS`](Self::MAX_PERMITS), which it can on small machines only.
    ///
    /// # Interruption
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(5);
    /// let three = semaphore.acquire_many(3);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// drop(three);
    /// assert_eq!(semaphore.available_permits(), 5);
    /// ```
    #[inline]
    pub fn acquire_many(&self, n: u32) -> SemaphorePermit<'_> {
        let count = checked(n);
        let taken = self.take(count, None);
        debug_assert!(taken, "the wait has no deadline");
        SemaphorePermit { semaphore: self, count }
    }

    /// As [`acquire`](Self::acquire), for at most `limit` by the loop's clock.
    ///
    /// # Errors
    /// [`TimeoutError`] if no permit came in time.
    ///
    /// # Interruption
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let semaphore = coro::sync::Semaphore::new(1);
    /// coro::run(|| {
    ///     let permit = semaphore.acquire_timeout(Duration::from_millis(1)).unwrap();
    ///     assert!(semaphore.acquire_timeout(Duration::from_millis(1)).is_err());
    ///     drop(permit);
    /// });
    /// ```
    pub fn acquire_timeout(&self, limit: Duration) -> Result<SemaphorePermit<'_>, TimeoutError> {
        self.acquire_many_timeout(1, limit)
    }

    /// As [`acquire_many`](Self::acquire_many), for at most `limit` by the loop's clock.
    ///
    /// # Errors
    /// [`TimeoutError`] if the permits did not come in time.
    ///
    /// # Panics
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Interruption
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let semaphore = coro::sync::Semaphore::new(1);
    /// coro::run(|| {
    ///     assert!(semaphore.acquire_many_timeout(2, Duration::from_millis(1)).is_err());
    ///     assert_eq!(semaphore.available_permits(), 1); // nothing is taken by halves
    /// });
    /// ```
    pub fn acquire_many_timeout(
        &self,
        n: u32,
        limit: Duration,
    ) -> Result<SemaphorePermit<'_>, TimeoutError> {
        let count = checked(n);
        if !self.take(count, wait::deadline_after(limit)) {
            return Err(TimeoutError);
        }
        Ok(SemaphorePermit { semaphore: self, count })
    }

    /// Takes a permit if one is free and nobody waits.
    ///
    /// # Errors
    /// [`TryAcquireError`] if that is not so.
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// let refused = semaphore.try_acquire().unwrap_err();
    /// assert_eq!(refused.to_string(), "cannot take 1 permits without waiting: 0 are free");
    /// drop(permit);
    /// ```
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.try_acquire_many(1)
    }

    /// As [`try_acquire`](Self::try_acquire), for `n` permits at once.
    ///
    /// # Errors
    /// [`TryAcquireError`] if there are fewer, or somebody waits.
    ///
    /// # Panics
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(3);
    /// let two = semaphore.try_acquire_many(2).unwrap();
    /// assert!(semaphore.try_acquire_many(2).is_err());
    /// assert_eq!(two.num_permits(), 2);
    /// ```
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        let count = checked(n);
        self.try_take(count)
            .map(|()| SemaphorePermit { semaphore: self, count })
            .map_err(|state| TryAcquireError::new(count, state))
    }

    /// As [`acquire`](Self::acquire), with a permit that keeps the semaphore alive and so may go anywhere.
    ///
    /// # Interruption
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Arc, Semaphore};
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// coro::run(|| {
    ///     let permit = semaphore.clone().acquire_owned(); // before the thread is spawned
    ///     coro::thread::spawn(move || drop(permit)).join().unwrap();
    /// });
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn acquire_owned(self: Arc<Self>) -> OwnedSemaphorePermit {
        self.acquire_many_owned(1)
    }

    /// As [`acquire_many`](Self::acquire_many), with a permit as that of [`acquire_owned`](Self::acquire_owned).
    ///
    /// # Panics
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Interruption
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Arc, Semaphore};
    /// let permit = Arc::new(Semaphore::new(2)).acquire_many_owned(2);
    /// assert_eq!(permit.num_permits(), 2);
    /// ```
    pub fn acquire_many_owned(self: Arc<Self>, n: u32) -> OwnedSemaphorePermit {
        let count = self.acquire_many(n).keep();
        OwnedSemaphorePermit { semaphore: self, count }
    }

    /// As [`try_acquire`](Self::try_acquire), with a permit as that of [`acquire_owned`](Self::acquire_owned).
    ///
    /// # Errors
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Arc, Semaphore};
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let _permit = semaphore.clone().try_acquire_owned().unwrap();
    /// assert!(semaphore.try_acquire_owned().is_err());
    /// ```
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.try_acquire_many_owned(1)
    }

    /// As [`try_acquire_many`](Self::try_acquire_many), with a permit as that of
    /// [`acquire_owned`](Self::acquire_owned).
    ///
    /// # Errors
    /// As [`try_acquire_many`](Self::try_acquire_many).
    ///
    /// # Panics
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Arc, Semaphore};
    /// assert!(Arc::new(Semaphore::new(1)).try_acquire_many_owned(2).is_err());
    /// ```
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        let count = self.try_acquire_many(n)?.keep();
        Ok(OwnedSemaphorePermit { semaphore: self, count })
    }

    /// Takes permits, and waits for them; false if the deadline passed first.
    #[inline]
    fn take(&self, count: usize, deadline: Option<Instant>) -> bool {
        self.try_take(count).is_ok() || self.take_slowly(count, deadline)
    }

    /// Takes permits if they are free and nobody waits, else returns the state.
    #[inline]
    fn try_take(&self, count: usize) -> Result<(), usize> {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & WAITED_FOR != 0 || state < count * PERMIT {
                return Err(state);
            }
            match self.state.compare_exchange_weak(
                state,
                state - count * PERMIT,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }

    #[cold]
    fn take_slowly(&self, count: usize, deadline: Option<Instant>) -> bool {
        let mut turn = Turn { semaphore: self, count, number: None };
        loop {
            match wait::on(&mut turn, deadline) {
                // Taken from the queue by `hand_out`, so the permits are this thread's.
                Outcome::Fired if turn.number.is_none() => return true,
                Outcome::Fired => {}
                Outcome::TimedOut => return false,
                Outcome::Interrupted(interrupt) => interrupt.raise(),
            }
        }
    }

    /// Adds `waiter` to the queue; none if there were permits after all, which are this thread's now.
    fn enqueue(&self, count: usize, waiter: Waiter) -> Option<u64> {
        let mut queue = self.queue();
        if queue.is_empty() && self.take_or_flag(count) {
            drop(queue);
            waiter.wake();
            return None;
        }
        Some(queue.push(Entry { count, waiter }))
    }

    /// Takes permits, or sets the flag, in one step; so whoever gives permits back after that sees it. To be called
    /// under the queue's lock.
    fn take_or_flag(&self, count: usize) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let is_enough = state / PERMIT >= count;
            let wanted = if is_enough { state - count * PERMIT } else { state | WAITED_FOR };
            match self.state.compare_exchange_weak(
                state,
                wanted,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return is_enough,
                Err(now) => state = now,
            }
        }
    }

    /// Hands permits to those at the front of the queue who can have what they ask for.
    #[cold]
    fn hand_out(&self) {
        let mut is_over = false;
        while !is_over {
            let mut queue = self.queue();
            let next = self.serve_first(&mut queue);
            is_over = next.is_none() || queue.is_empty();
            // Collected under the queue's lock, woken after it.
            drop(queue);
            if let Some(waiter) = next {
                waiter.wake();
            }
        }
    }

    /// Hands permits to the first of the queue, if there are enough.
    fn serve_first(&self, queue: &mut WaitQueue<Entry>) -> Option<Waiter> {
        let count = queue.front().map(|entry| entry.count);
        let next = match count {
            Some(count) if self.take_from_queue(count) => queue.pop(),
            _ => None,
        };
        if queue.is_empty() {
            self.state.fetch_and(!WAITED_FOR, Ordering::Relaxed);
        }
        next.map(|(_, entry)| entry.waiter)
    }

    /// Takes permits on behalf of the first in the queue. Under the queue's lock, and with the flag set, nobody else
    /// takes any, so there can only be more of them meanwhile.
    fn take_from_queue(&self, count: usize) -> bool {
        let is_enough = self.available_permits() >= count;
        if is_enough {
            self.state.fetch_sub(count * PERMIT, Ordering::AcqRel);
        }
        is_enough
    }

    fn queue(&self) -> sync::MutexGuard<'_, WaitQueue<Entry>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cold]
fn refuse_permits(free: usize, n: usize) -> ! {
    let most = Semaphore::MAX_PERMITS;
    panic!("a semaphore with {free} free permits cannot take {n} more: it holds at most {most}")
}

/// The number of permits asked for, which the state can express.
#[inline]
fn checked(n: u32) -> usize {
    let count = usize::try_from(n).unwrap_or(usize::MAX);
    assert!(
        count <= Semaphore::MAX_PERMITS,
        "cannot take {n} permits: a semaphore holds at most {}",
        Semaphore::MAX_PERMITS
    );
    count
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permits = self.available_permits();
        f.debug_struct("Semaphore").field("permits", &permits).finish_non_exhaustive()
    }
}

/// Permits of a [`Semaphore`], given back when this is dropped.
///
/// # Examples
/// ```
/// use coro::sync::{Semaphore, SemaphorePermit};
/// let semaphore = Semaphore::new(1);
/// let permit: SemaphorePermit<'_> = semaphore.acquire();
/// drop(permit);
/// assert_eq!(semaphore.available_permits(), 1);
/// ```
#[must_use = "if unused the permit goes back at once"]
#[derive(Debug)]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

impl SemaphorePermit<'_> {
    /// Takes the permits out of the semaphore for good; [`Semaphore::add_permits`] makes new ones.
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(2);
    /// semaphore.acquire().forget();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget(self) {
        self.keep();
    }

    /// How many permits these are.
    ///
    /// # Examples
    /// ```
    /// let semaphore = coro::sync::Semaphore::new(3);
    /// assert_eq!(semaphore.acquire_many(2).num_permits(), 2);
    /// ```
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.count
    }

    /// Keeps the permits from going back, and says how many.
    fn keep(mut self) -> usize {
        std::mem::take(&mut self.count)
    }
}

impl Drop for SemaphorePermit<'_> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.give_back(self.count);
    }
}

/// Permits of a [`Semaphore`] that keep it alive, given back when this is dropped.
///
/// # Examples
/// ```
/// use coro::sync::{Arc, OwnedSemaphorePermit, Semaphore};
/// let semaphore = Arc::new(Semaphore::new(1));
/// let permit: OwnedSemaphorePermit = semaphore.clone().acquire_owned();
/// assert_eq!(semaphore.available_permits(), 0);
/// drop(permit);
/// assert_eq!(semaphore.available_permits(), 1);
/// ```
#[must_use = "if unused the permit goes back at once"]
#[derive(Debug)]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    count: usize,
}

impl OwnedSemaphorePermit {
    /// Takes the permits out of the semaphore for good; [`Semaphore::add_permits`] makes new ones.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Arc, Semaphore};
    /// let semaphore = Arc::new(Semaphore::new(2));
    /// semaphore.clone().acquire_owned().forget();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        self.count = 0;
    }

    /// How many permits these are.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{Arc, Semaphore};
    /// assert_eq!(Arc::new(Semaphore::new(3)).acquire_many_owned(2).num_permits(), 2);
    /// ```
    #[must_use]
    pub fn num_permits(&self) -> usize {
        self.count
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        self.semaphore.give_back(self.count);
    }
}

/// There were too few permits, or others were waiting for them.
///
/// # Examples
/// ```
/// use coro::sync::{Semaphore, TryAcquireError};
/// let refused: TryAcquireError = Semaphore::new(1).try_acquire_many(2).map(drop).unwrap_err();
/// assert_eq!(refused.to_string(), "cannot take 2 permits without waiting: 1 are free");
/// assert_eq!(format!("{refused:?}"), format!("TryAcquireError({refused})"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot take {wanted} permits without waiting: {free} are free{others}")]
pub struct TryAcquireError {
    wanted: usize,
    free: usize,
    others: &'static str,
}

/// With the text, for that is what `unwrap` prints.
impl fmt::Debug for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryAcquireError").field(&format_args!("{self}")).finish()
    }
}

impl TryAcquireError {
    fn new(wanted: usize, state: usize) -> TryAcquireError {
        let others = if state & WAITED_FOR == 0 { "" } else { ", and others wait for them" };
        TryAcquireError { wanted, free: state / PERMIT, others }
    }
}
