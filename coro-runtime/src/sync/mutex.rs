//! A mutex that parks threads: std's shape, first come, first served.
//!
//! The state is one byte: locked, and whether anybody waits. Without waiters, locking and unlocking are one
//! compare-and-swap each. A lock with waiters is never unlocked but **handed** to the one that waits for longest:
//! on a cooperative loop a thread that unlocks and locks again would otherwise win every time.

#![expect(unsafe_code, reason = "the guard's access to the value is what the lock is for")]

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{self, LockResult, PoisonError, TryLockError, TryLockResult};

use crate::sched::queue::WaitQueue;
use crate::sched::unwind;
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// Somebody owns the lock.
const LOCKED: u8 = 1;
/// The queue is not empty; only set, and only changed, under the queue's lock.
const WAITED_FOR: u8 = 2;

/// A mutual exclusion lock, as [`std::sync::Mutex`], that parks the thread instead of blocking the OS thread.
///
/// It works between threads of one loop, of several loops, and plain OS threads. Waiters get it in the order in which
/// they came. A guard may be held across waits; it is poisoned like std's when its thread panics, or is interrupted,
/// while it holds the guard.
///
/// # Examples
/// ```
/// use coro::sync::{Arc, Mutex};
/// coro::run(|| {
///     let count = Arc::new(Mutex::new(0));
///     let threads: Vec<_> = (0..10)
///         .map(|_| {
///             let count = count.clone();
///             coro::thread::spawn(move || {
///                 let mut count = count.lock().unwrap();
///                 coro::thread::yield_now(); // others wait for the lock meanwhile
///                 *count += 1;
///             })
///         })
///         .collect();
///     for thread in threads { thread.join().unwrap(); }
///     assert_eq!(*count.lock().unwrap(), 10);
/// });
/// ```
pub struct Mutex<T: ?Sized> {
    raw: RawMutex,
    poisoned: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the lock lets one thread at a time at the value, so sharing the mutex moves access to the value between OS
// threads: that needs `T: Send`, and no more, as for std's.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

// As std's: what a panic may have left half done is told by the poison flag.
impl<T: ?Sized> std::panic::UnwindSafe for Mutex<T> {}
impl<T: ?Sized> std::panic::RefUnwindSafe for Mutex<T> {}

/// The lock without the value.
#[derive(Debug)]
struct RawMutex {
    state: AtomicU8,
    queue: sync::Mutex<WaitQueue>,
}

impl RawMutex {
    const fn new() -> RawMutex {
        RawMutex { state: AtomicU8::new(0), queue: sync::Mutex::new(WaitQueue::new()) }
    }

    #[inline]
    fn try_lock(&self) -> bool {
        self.state.compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Waits until the lock is this thread's.
    #[cold]
    fn lock_slowly(&self) -> Outcome {
        let mut turn = Turn { raw: self, number: None };
        loop {
            match wait::on(&mut turn, None) {
                // Taken from the queue by `unlock`, so the lock was handed to this thread.
                Outcome::Fired if turn.number.is_none() => return Outcome::Fired,
                Outcome::Fired => {}
                other => return other,
            }
        }
    }

    /// Adds `waiter` to the queue; none if the lock became free meanwhile, and is this thread's now.
    fn enqueue(&self, waiter: Waiter) -> Option<u64> {
        let mut queue = self.queue();
        // Under the queue's lock nobody else sets or clears `WAITED_FOR`; `LOCKED` may be cleared by an unlock that
        // does not see `WAITED_FOR`, and then this exchange fails and is tried again.
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let wanted = if state & LOCKED == 0 { state | LOCKED } else { state | WAITED_FOR };
            match self.state.compare_exchange_weak(
                state,
                wanted,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) if state & LOCKED == 0 => {
                    drop(queue);
                    waiter.wake();
                    return None;
                }
                Ok(_) => return Some(queue.push(waiter)),
                Err(now) => state = now,
            }
        }
    }

    #[inline]
    fn unlock(&self) {
        let outcome = self.state.compare_exchange(LOCKED, 0, Ordering::Release, Ordering::Relaxed);
        if outcome.is_err() {
            self.hand_over();
        }
    }

    /// Gives the lock to the first in the queue, or frees it if all of them have left.
    #[cold]
    fn hand_over(&self) {
        let mut queue = self.queue();
        let next = queue.pop();
        match (&next, queue.is_empty()) {
            (None, _) => self.state.store(0, Ordering::Release),
            (Some(_), true) => self.state.store(LOCKED, Ordering::Release),
            (Some(_), false) => {}
        }
        // Collected under the queue's lock, woken after it.
        drop(queue);
        if let Some((_, waiter)) = next {
            waiter.wake();
        }
    }

    fn queue(&self) -> sync::MutexGuard<'_, WaitQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fires when the lock is handed to this thread.
struct Turn<'a> {
    raw: &'a RawMutex,
    /// The place in the queue; none if the lock is this thread's, or the wait has not begun.
    number: Option<u64>,
}

impl Clause for Turn<'_> {
    const WHAT: &'static str = "a mutex";

    fn register(&mut self, waiter: Waiter) {
        self.number = self.raw.enqueue(waiter);
    }

    fn deregister(&mut self) -> bool {
        if let Some(number) = self.number
            && self.raw.queue().remove(number)
        {
            return false;
        }
        self.number = None;
        true
    }
}

impl<T> Mutex<T> {
    /// Makes an unlocked mutex.
    ///
    /// # Examples
    /// ```
    /// static COUNT: coro::sync::Mutex<u32> = coro::sync::Mutex::new(0);
    /// *COUNT.lock().unwrap() += 1;
    /// ```
    pub const fn new(value: T) -> Mutex<T> {
        Mutex {
            raw: RawMutex::new(),
            poisoned: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Gives the value back.
    ///
    /// # Errors
    /// The value inside an error, if the mutex is poisoned.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::sync::Mutex::new(5).into_inner().unwrap(), 5);
    /// ```
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.poisoned.into_inner();
        with_poison(self.value.into_inner(), poisoned)
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for the lock and takes it. A thread that holds it already waits for ever.
    ///
    /// # Errors
    /// The guard inside an error, if the mutex is poisoned.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the place in the queue is given up.
    ///
    /// # Examples
    /// ```
    /// let mutex = coro::sync::Mutex::new("old");
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let mut value = mutex.lock().unwrap();
    ///     let reader = scope.spawn(|| *mutex.lock().unwrap());
    ///     coro::thread::yield_now(); // the reader runs, and waits for the lock
    ///     *value = "new";
    ///     drop(value);
    ///     assert_eq!(reader.join().unwrap(), "new");
    /// }));
    /// ```
    #[inline]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        if !self.raw.try_lock() {
            self.raw.lock_slowly().or_raise();
        }
        self.guard()
    }

    /// Takes the lock if it is free.
    ///
    /// # Errors
    /// `WouldBlock` if it is not; the guard inside an error, if the mutex is poisoned.
    ///
    /// # Examples
    /// ```
    /// let mutex = coro::sync::Mutex::new(());
    /// let guard = mutex.lock().unwrap();
    /// assert!(mutex.try_lock().is_err());
    /// drop(guard);
    /// assert!(mutex.try_lock().is_ok());
    /// ```
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        if !self.raw.try_lock() {
            return Err(TryLockError::WouldBlock);
        }
        self.guard().map_err(TryLockError::Poisoned)
    }

    /// As `lock`, for a caller that has something to undo when it is interrupted.
    pub(super) fn lock_or_outcome(&self) -> Result<LockResult<MutexGuard<'_, T>>, Outcome> {
        if !self.raw.try_lock() {
            match self.raw.lock_slowly() {
                Outcome::Fired => {}
                other => return Err(other),
            }
        }
        Ok(self.guard())
    }

    /// Makes the guard of a lock that this thread has just got.
    fn guard(&self) -> LockResult<MutexGuard<'_, T>> {
        let panicking = unwind::panicking();
        let guard = MutexGuard { mutex: self, panicking, not_send: PhantomData };
        with_poison(guard, self.is_poisoned())
    }

    /// Whether a thread panicked or was interrupted while it held the lock.
    ///
    /// # Examples
    /// ```
    /// let mutex = coro::sync::Mutex::new(());
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let holder = scope.spawn(|| {
    ///         let _guard = mutex.lock().unwrap();
    ///         coro::thread::park();
    ///     });
    ///     coro::thread::yield_now(); // it holds the lock now
    ///     holder.kill();
    ///     assert!(holder.join().is_err());
    /// }));
    /// assert!(mutex.is_poisoned()); // a kill poisons as a panic does
    /// ```
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Relaxed)
    }

    /// Takes the poison away, as [`std::sync::Mutex::clear_poison`].
    ///
    /// # Examples
    /// ```
    /// let mutex = coro::sync::Mutex::new(1);
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let unlucky = scope.spawn(|| {
    ///         let _guard = mutex.lock().unwrap();
    ///         panic!("in the middle of it");
    ///     });
    ///     assert!(unlucky.join().is_err());
    /// }));
    /// *mutex.lock().unwrap_err().into_inner() = 2; // mended
    /// mutex.clear_poison();
    /// assert_eq!(*mutex.lock().unwrap(), 2);
    /// ```
    pub fn clear_poison(&self) {
        self.poisoned.store(false, Ordering::Relaxed);
    }

    /// The value, without locking: the exclusive borrow keeps everybody else out.
    ///
    /// # Errors
    /// The reference inside an error, if the mutex is poisoned.
    ///
    /// # Examples
    /// ```
    /// let mut mutex = coro::sync::Mutex::new(vec![1]);
    /// mutex.get_mut().unwrap().push(2);
    /// assert_eq!(mutex.into_inner().unwrap(), [1, 2]);
    /// ```
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.is_poisoned();
        with_poison(self.value.get_mut(), poisoned)
    }
}

pub(super) fn with_poison<G>(guard: G, poisoned: bool) -> LockResult<G> {
    if poisoned { Err(PoisonError::new(guard)) } else { Ok(guard) }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => debug.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => debug.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => debug.field("data", &"<locked>"),
        };
        debug.field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

/// Access to the value of a locked [`Mutex`]; dropping it unlocks.
///
/// It stays on its OS thread, as std's:
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(coro::sync::Mutex::new(()).lock().unwrap());
/// ```
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// Whether the thread was unwinding when it took the lock; then dropping the guard does not poison.
    panicking: bool,
    /// A guard belongs to the thread that locked, which never leaves its OS thread.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives `&T` and no more.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    pub(super) fn mutex(&self) -> &'a Mutex<T> {
        self.mutex
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so its thread has the lock, and only the guard's borrower uses the value.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed exclusively.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.panicking && unwind::panicking() {
            self.mutex.poisoned.store(true, Ordering::Relaxed);
        }
        self.mutex.raw.unlock();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
