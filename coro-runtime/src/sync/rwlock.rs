//! A reader-writer lock that parks threads: std's shape, first come, first served.
//!
//! Two layers. The raw lock decides who may enter: one word counts the readers and says whether a writer is inside and
//! whether anybody waits. The value lies in a `std::sync::RwLock`, whose own lock is only ever tried, and cannot fail,
//! for it is taken after the raw one and released before it; it turns the permission into a reference without unsafe
//! code.
//!
//! Who finds the lock taken, or somebody waiting, queues up. Whoever leaves as the last, and whoever gives up the wait,
//! lets in those at the front that can enter: a writer, or a run of readers. Letting in is idempotent, so several may do
//! it at once, and it is done on behalf of the waiter: there is no moment in which the lock is free for others.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{self, LockResult, PoisonError, TryLockError, TryLockResult};

use super::mutex::with_poison;
use crate::sched::queue::WaitQueue;
use crate::sched::unwind;
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// A writer is inside.
const WRITER: u32 = 1;
/// The queue is not empty; only set, and only cleared, under the queue's lock. Nobody enters past it but from the queue.
const WAITED_FOR: u32 = 2;
/// One reader; the upper bits count them.
const READER: u32 = 4;
/// The most readers that may be inside when another one comes.
const MOST_READERS: u32 = 1 << 28;

/// A reader-writer lock, as [`std::sync::RwLock`], that parks the thread instead of blocking the OS thread.
///
/// It works between threads of one loop, of several loops, and plain OS threads. It is fair, which std leaves open:
/// threads get it in the order in which they came, and readers that came one after the other together. So a waiting
/// writer keeps later readers out, and neither writers nor readers starve. It follows that a thread that reads and
/// reads again may wait for ever, when a writer came in between; std's documentation warns of the same. Poisoned it is
/// as std's, when its thread panics, or is interrupted, while it holds a [`RwLockWriteGuard`].
///
/// # Examples
/// ```
/// use coro::sync::RwLock;
/// let lock = RwLock::new(5);
/// {
///     let (first, second) = (lock.read().unwrap(), lock.read().unwrap());
///     assert_eq!(*first + *second, 10);
/// }
/// *lock.write().unwrap() += 1;
/// assert_eq!(*lock.read().unwrap(), 6);
/// ```
///
/// Shared with other OS threads it can be where std's can:
/// ```compile_fail
/// fn share<T: Sync>(_: T) {}
/// share(coro::sync::RwLock::new(std::cell::Cell::new(1))); // readers would share the cell
/// ```
pub struct RwLock<T: ?Sized> {
    raw: RawRwLock,
    poisoned: AtomicBool,
    value: sync::RwLock<T>,
}

/// The lock without the value.
#[derive(Debug)]
struct RawRwLock {
    state: AtomicU32,
    queue: sync::Mutex<WaitQueue<Entry>>,
}

/// Who waits, and for what.
#[derive(Debug)]
struct Entry {
    access: Access,
    waiter: Waiter,
}

/// How a thread enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Shared,
    Exclusive,
}

impl Access {
    /// What it adds to the state.
    fn unit(self) -> u32 {
        match self {
            Access::Shared => READER,
            Access::Exclusive => WRITER,
        }
    }

    /// Whether those who are inside do not stand in the way.
    fn is_free(self, state: u32) -> bool {
        match self {
            Access::Shared => state & WRITER == 0,
            Access::Exclusive => state & !WAITED_FOR == 0,
        }
    }
}

impl RawRwLock {
    const fn new() -> RawRwLock {
        RawRwLock { state: AtomicU32::new(0), queue: sync::Mutex::new(WaitQueue::new()) }
    }

    /// Enters if nobody waits and those inside do not stand in the way.
    #[inline]
    fn try_enter(&self, access: Access) -> bool {
        match access {
            Access::Shared => self.try_enter_shared(),
            Access::Exclusive => {
                self.state.compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed).is_ok()
            }
        }
    }

    #[inline]
    fn try_enter_shared(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & (WRITER | WAITED_FOR) == 0 && state < MOST_READERS * READER {
            match self.state.compare_exchange_weak(
                state,
                state + READER,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => state = now,
            }
        }
        false
    }

    #[inline]
    fn enter(&self, access: Access) {
        if !self.try_enter(access) {
            self.enter_slowly(access).or_raise();
        }
    }

    /// Waits until this thread was let in.
    #[cold]
    fn enter_slowly(&self, access: Access) -> Outcome {
        let mut turn = Turn { raw: self, access, number: None };
        loop {
            match wait::on(&mut turn, None) {
                // Taken from the queue by `admit`, so this thread is inside.
                Outcome::Fired if turn.number.is_none() => return Outcome::Fired,
                Outcome::Fired => {}
                other => return other,
            }
        }
    }

    /// Adds `waiter` to the queue; none if it could enter after all, and is inside now.
    fn enqueue(&self, access: Access, waiter: Waiter) -> Option<u64> {
        let mut queue = self.queue();
        if queue.is_empty() && self.enter_or_flag(access) {
            drop(queue);
            waiter.wake();
            return None;
        }
        Some(queue.push(Entry { access, waiter }))
    }

    /// Enters, or sets the flag, in one step; so whoever leaves after that sees it. To be called under the queue's lock.
    fn enter_or_flag(&self, access: Access) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            assert!(
                state < MOST_READERS * READER,
                "an RwLock cannot have more than {MOST_READERS} readers; drop read guards first"
            );
            let is_free = access.is_free(state);
            let wanted = if is_free { state + access.unit() } else { state | WAITED_FOR };
            match self.state.compare_exchange_weak(
                state,
                wanted,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return is_free,
                Err(now) => state = now,
            }
        }
    }

    #[inline]
    fn leave_shared(&self) {
        let before = self.state.fetch_sub(READER, Ordering::Release);
        if before == READER | WAITED_FOR {
            self.admit();
        }
    }

    #[inline]
    fn leave_exclusive(&self) {
        let before = self.state.fetch_sub(WRITER, Ordering::Release);
        if before & WAITED_FOR != 0 {
            self.admit();
        }
    }

    /// Makes the writer that is inside a reader.
    fn downgrade(&self) {
        let before = self.state.fetch_add(READER - WRITER, Ordering::Release);
        if before & WAITED_FOR != 0 {
            self.admit();
        }
    }

    /// Lets in those at the front of the queue that can enter now.
    #[cold]
    fn admit(&self) {
        let mut is_over = false;
        while !is_over {
            let mut queue = self.queue();
            let next = self.admit_first(&mut queue);
            is_over = next.is_none() || queue.is_empty();
            // Collected under the queue's lock, woken after it.
            drop(queue);
            if let Some(waiter) = next {
                waiter.wake();
            }
        }
    }

    /// Lets in the first of the queue, if that one can enter now.
    fn admit_first(&self, queue: &mut WaitQueue<Entry>) -> Option<Waiter> {
        let access = queue.front().map(|entry| entry.access);
        let next = match access {
            Some(access) if self.enter_from_queue(access) => queue.pop(),
            _ => None,
        };
        if queue.is_empty() {
            self.state.fetch_and(!WAITED_FOR, Ordering::Relaxed);
        }
        next.map(|(_, entry)| entry.waiter)
    }

    /// Enters on behalf of the first in the queue.
    ///
    /// Under the queue's lock, and with the flag set, others can only leave meanwhile. The ordering passes on what those
    /// who left have released; the waiter sees it by the queue's lock.
    fn enter_from_queue(&self, access: Access) -> bool {
        let is_free = access.is_free(self.state.load(Ordering::Relaxed));
        if is_free {
            self.state.fetch_add(access.unit(), Ordering::AcqRel);
        }
        is_free
    }

    fn queue(&self) -> sync::MutexGuard<'_, WaitQueue<Entry>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fires when this thread was let in.
struct Turn<'a> {
    raw: &'a RawRwLock,
    access: Access,
    /// The place in the queue; none if this thread is inside, or the wait has not begun.
    number: Option<u64>,
}

impl Clause for Turn<'_> {
    const WHAT: &'static str = "an RwLock";

    fn register(&mut self, waiter: Waiter) {
        self.number = self.raw.enqueue(self.access, waiter);
    }

    fn deregister(&mut self) -> bool {
        if let Some(number) = self.number
            && self.raw.queue().remove(number)
        {
            // It may have stood in the way of those behind it: a writer, of readers that could join the readers inside.
            self.raw.admit();
            return false;
        }
        self.number = None;
        true
    }
}

impl<T> RwLock<T> {
    /// Makes an unlocked lock.
    ///
    /// # Examples
    /// ```
    /// static LIMIT: coro::sync::RwLock<u32> = coro::sync::RwLock::new(10);
    /// assert_eq!(*LIMIT.read().unwrap(), 10);
    /// ```
    pub const fn new(value: T) -> RwLock<T> {
        RwLock {
            raw: RawRwLock::new(),
            poisoned: AtomicBool::new(false),
            value: sync::RwLock::new(value),
        }
    }

    /// Gives the value back.
    ///
    /// # Errors
    /// The value inside an error, if the lock is poisoned.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::sync::RwLock::new(5).into_inner().unwrap(), 5);
    /// ```
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.poisoned.into_inner();
        let value = self.value.into_inner().unwrap_or_else(PoisonError::into_inner);
        with_poison(value, poisoned)
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until there is no writer, nor one that came before, and takes shared access.
    ///
    /// A thread that holds a [`RwLockWriteGuard`] already waits for ever, as does one that holds a [`RwLockReadGuard`]
    /// while a writer waits.
    ///
    /// # Errors
    /// The guard inside an error, if the lock is poisoned.
    ///
    /// # Panics
    /// If there are 2^28 readers already.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the place in the queue is given up.
    ///
    /// # Examples
    /// ```
    /// let lock = coro::sync::RwLock::new("old");
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let mut value = lock.write().unwrap();
    ///     let readers = [(); 2].map(|()| scope.spawn(|| *lock.read().unwrap()));
    ///     coro::thread::yield_now(); // both run, and wait for the lock
    ///     *value = "new";
    ///     drop(value);
    ///     assert_eq!(readers.map(|reader| reader.join().unwrap()), ["new"; 2]);
    /// }));
    /// ```
    #[inline]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.raw.enter(Access::Shared);
        self.read_guard()
    }

    /// Takes shared access if that needs no waiting: there is no writer, and nobody waits.
    ///
    /// # Errors
    /// `WouldBlock` if it does; the guard inside an error, if the lock is poisoned.
    ///
    /// # Examples
    /// ```
    /// let lock = coro::sync::RwLock::new(1);
    /// let reader = lock.read().unwrap();
    /// assert_eq!(*lock.try_read().unwrap(), *reader);
    /// drop(reader);
    /// let _writer = lock.write().unwrap();
    /// assert!(lock.try_read().is_err());
    /// ```
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        if !self.raw.try_enter(Access::Shared) {
            return Err(TryLockError::WouldBlock);
        }
        self.read_guard().map_err(TryLockError::Poisoned)
    }

    /// Waits until everybody has left who came before, and takes exclusive access.
    ///
    /// A thread that holds a guard of this lock already waits for ever.
    ///
    /// # Errors
    /// The guard inside an error, if the lock is poisoned.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the place in the queue is given up.
    ///
    /// # Examples
    /// ```
    /// let lock = coro::sync::RwLock::new(1);
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let early = lock.read().unwrap();
    ///     scope.spawn(|| *lock.write().unwrap() = 2);
    ///     coro::thread::yield_now(); // the writer runs, and waits
    ///     let late = scope.spawn(|| *lock.read().unwrap());
    ///     coro::thread::yield_now(); // it could share the lock, but the writer was there before
    ///     assert!(!late.is_finished());
    ///     assert_eq!(*early, 1);
    ///     drop(early);
    ///     assert_eq!(late.join().unwrap(), 2);
    /// }));
    /// ```
    #[inline]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.raw.enter(Access::Exclusive);
        self.write_guard()
    }

    /// Takes exclusive access if the lock is free.
    ///
    /// # Errors
    /// `WouldBlock` if it is not; the guard inside an error, if the lock is poisoned.
    ///
    /// # Examples
    /// ```
    /// let lock = coro::sync::RwLock::new(1);
    /// let reader = lock.read().unwrap();
    /// assert!(lock.try_write().is_err());
    /// drop(reader);
    /// *lock.try_write().unwrap() += 1;
    /// ```
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        if !self.raw.try_enter(Access::Exclusive) {
            return Err(TryLockError::WouldBlock);
        }
        self.write_guard().map_err(TryLockError::Poisoned)
    }

    /// Makes the guard of a thread that has just been let in.
    #[inline]
    fn read_guard(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let guard = RwLockReadGuard { value: self.shared(), _place: Reading { raw: &self.raw } };
        with_poison(guard, self.is_poisoned())
    }

    /// The same, for a writer.
    #[inline]
    fn write_guard(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let place = Writing { lock: self, panicking: unwind::panicking() };
        let guard = RwLockWriteGuard { value: self.exclusive(), place };
        with_poison(guard, self.is_poisoned())
    }

    /// The value, for one whom the raw lock has let in as a reader.
    #[inline]
    fn shared(&self) -> sync::RwLockReadGuard<'_, T> {
        match self.value.try_read() {
            Ok(guard) => guard,
            // Its poison counts the unwinds of the whole OS thread; ours counts those of the thread.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => unreachable!("the raw lock keeps writers out"),
        }
    }

    /// The value, for one whom the raw lock has let in as the writer.
    #[inline]
    fn exclusive(&self) -> sync::RwLockWriteGuard<'_, T> {
        match self.value.try_write() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => unreachable!("the raw lock keeps everybody out"),
        }
    }

    /// Whether a thread panicked or was interrupted while it held exclusive access.
    ///
    /// # Examples
    /// ```
    /// let lock = coro::sync::RwLock::new(());
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let writer = scope.spawn(|| {
    ///         let _guard = lock.write().unwrap();
    ///         coro::thread::park();
    ///     });
    ///     coro::thread::yield_now(); // it holds the lock now
    ///     writer.kill();
    ///     assert!(writer.join().is_err());
    /// }));
    /// assert!(lock.is_poisoned()); // a kill poisons as a panic does
    /// ```
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Relaxed)
    }

    /// Takes the poison away, as [`std::sync::RwLock::clear_poison`].
    ///
    /// # Examples
    /// ```
    /// let lock = coro::sync::RwLock::new(1);
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     let unlucky = scope.spawn(|| {
    ///         let _guard = lock.write().unwrap();
    ///         panic!("in the middle of it");
    ///     });
    ///     assert!(unlucky.join().is_err());
    /// }));
    /// *lock.write().unwrap_err().into_inner() = 2; // mended
    /// lock.clear_poison();
    /// assert_eq!(*lock.read().unwrap(), 2);
    /// ```
    pub fn clear_poison(&self) {
        self.poisoned.store(false, Ordering::Relaxed);
    }

    /// The value, without locking: the exclusive borrow keeps everybody else out.
    ///
    /// # Errors
    /// The reference inside an error, if the lock is poisoned.
    ///
    /// # Examples
    /// ```
    /// let mut lock = coro::sync::RwLock::new(vec![1]);
    /// lock.get_mut().unwrap().push(2);
    /// assert_eq!(lock.into_inner().unwrap(), [1, 2]);
    /// ```
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.is_poisoned();
        let value = self.value.get_mut().unwrap_or_else(PoisonError::into_inner);
        with_poison(value, poisoned)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> RwLock<T> {
        RwLock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => debug.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => debug.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => debug.field("data", &format_args!("<locked>")),
        };
        debug.field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

/// Shared access to the value of a [`RwLock`]; dropping it gives the access up.
///
/// # Examples
/// ```
/// use coro::sync::{RwLock, RwLockReadGuard};
/// let lock = RwLock::new(vec![1, 2]);
/// let guard: RwLockReadGuard<'_, Vec<i32>> = lock.read().unwrap();
/// assert_eq!(guard.len(), 2);
/// ```
///
/// It stays on its OS thread, as std's:
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(coro::sync::RwLock::new(()).read().unwrap());
/// ```
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    /// Dropped before the place is given up, so that who comes next finds the value free.
    value: sync::RwLockReadGuard<'a, T>,
    _place: Reading<'a>,
}

/// The place of a reader.
struct Reading<'a> {
    raw: &'a RawRwLock,
}

impl Drop for Reading<'_> {
    #[inline]
    fn drop(&mut self) {
        self.raw.leave_shared();
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Exclusive access to the value of a [`RwLock`]; dropping it gives the access up.
///
/// # Examples
/// ```
/// use coro::sync::{RwLock, RwLockWriteGuard};
/// let lock = RwLock::new(vec![1, 2]);
/// let mut guard: RwLockWriteGuard<'_, Vec<i32>> = lock.write().unwrap();
/// guard.push(3);
/// assert_eq!(*guard, [1, 2, 3]);
/// ```
///
/// It stays on its OS thread, as std's:
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(coro::sync::RwLock::new(()).write().unwrap());
/// ```
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    /// Dropped before the place is given up, as in the other guard.
    value: sync::RwLockWriteGuard<'a, T>,
    place: Writing<'a, T>,
}

/// The place of the writer.
struct Writing<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    /// Whether the thread was unwinding when it came; then its leaving does not poison.
    panicking: bool,
}

impl<T: ?Sized> Drop for Writing<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.panicking && unwind::panicking() {
            self.lock.poisoned.store(true, Ordering::Relaxed);
        }
        self.lock.raw.leave_exclusive();
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Makes exclusive access shared, with nobody writing in between, as [`std::sync::RwLockWriteGuard`] has it since
    /// Rust 1.92.
    ///
    /// Readers at the front of the queue are let in at once.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::{RwLock, RwLockWriteGuard};
    /// let lock = RwLock::new(1);
    /// let mut writer = lock.write().unwrap();
    /// *writer = 2;
    /// let reader = RwLockWriteGuard::downgrade(writer);
    /// assert_eq!(*reader + *lock.read().unwrap(), 4);
    /// ```
    pub fn downgrade(s: Self) -> RwLockReadGuard<'a, T> {
        let RwLockWriteGuard { value, place } = s;
        let lock = place.lock;
        // It stays inside: its place becomes a reader's.
        std::mem::forget(place);
        drop(value);
        lock.raw.downgrade();
        RwLockReadGuard { value: lock.shared(), _place: Reading { raw: &lock.raw } }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
