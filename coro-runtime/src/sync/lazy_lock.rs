//! A value that is made at its first use.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{self, PoisonError};

use super::once::{OnPoison, Once};
use super::once_lock::debug_value;

/// A value that is made at its first use, as [`std::sync::LazyLock`]; threads that come meanwhile are parked.
///
/// The function may wait. It works between threads of one loop, of several loops, and plain OS threads. If the function
/// unwinds, be it by a panic or by a kill, a raise or a timeout of the thread that came first, the lock is poisoned, for
/// the function is gone: every use panics from then on. Keep interrupts away with [`coro::shield`](crate::shield) where
/// that matters, or take a [`OnceLock`](super::OnceLock), whose next user tries again.
///
/// # Examples
/// ```
/// use coro::sync::LazyLock;
/// static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
///     coro::thread::yield_now(); // it may wait
///     "one two".split(' ').collect()
/// });
/// coro::run(|| assert_eq!(WORDS.len(), 2));
/// ```
///
/// It can be shared with other OS threads where std's can:
/// ```compile_fail
/// fn share<T: Sync>(_: T) {}
/// let local = std::rc::Rc::new(1);
/// share(coro::sync::LazyLock::new(move || *local)); // another OS thread may run the function
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    once: Once,
    value: sync::OnceLock<T>,
    /// Taken by the thread that runs it.
    function: sync::Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// Makes a lock whose value will be made by `f`.
    ///
    /// # Examples
    /// ```
    /// let greeting = coro::sync::LazyLock::new(|| "hello".to_uppercase());
    /// assert_eq!(*greeting, "HELLO");
    /// ```
    #[must_use]
    pub const fn new(f: F) -> LazyLock<T, F> {
        let function = sync::Mutex::new(Some(f));
        LazyLock { once: Once::new(), value: sync::OnceLock::new(), function }
    }

    /// The value; makes it now, if nobody has, and waits for a thread that does.
    ///
    /// # Panics
    /// If the lock is poisoned; if the function itself asks for the value.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait for another thread. In the function they arrive as they do elsewhere, and
    /// poison.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::LazyLock;
    /// let lazy = LazyLock::new(|| 92);
    /// assert_eq!(LazyLock::force(&lazy), &92);
    /// assert_eq!(&*lazy, &92); // the same
    /// ```
    #[inline]
    #[track_caller]
    pub fn force(this: &LazyLock<T, F>) -> &T {
        match this.value.get() {
            Some(value) => value,
            None => this.initialise(),
        }
    }

    /// The value to change; makes it now, if nobody has, as [`std::sync::LazyLock::force_mut`] of Rust 1.94.
    ///
    /// # Panics
    /// If the lock is poisoned.
    ///
    /// # Interruption
    /// As [`force`](Self::force).
    ///
    /// # Examples
    /// ```
    /// use coro::sync::LazyLock;
    /// let mut lazy = LazyLock::new(|| 92);
    /// *LazyLock::force_mut(&mut lazy) += 1;
    /// assert_eq!(*lazy, 93);
    /// ```
    #[inline]
    #[track_caller]
    pub fn force_mut(this: &mut LazyLock<T, F>) -> &mut T {
        LazyLock::force(this);
        this.value.get_mut().expect("it was made just now")
    }

    #[cold]
    #[track_caller]
    fn initialise(&self) -> &T {
        self.once.call("LazyLock", OnPoison::Refuse, |_| {
            let function = self.function.lock().unwrap_or_else(PoisonError::into_inner).take();
            let function = function.expect("it is run once; then the once is complete or poisoned");
            let outcome = self.value.set(function());
            assert!(outcome.is_ok(), "the value is set once");
        });
        self.value.get().expect("the function has run to its end")
    }
}

impl<T, F> LazyLock<T, F> {
    /// The value, if it was made, as [`std::sync::LazyLock::get`] of Rust 1.94. It does not wait.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::LazyLock;
    /// let lazy = LazyLock::new(|| 92);
    /// assert_eq!(LazyLock::get(&lazy), None);
    /// LazyLock::force(&lazy);
    /// assert_eq!(LazyLock::get(&lazy), Some(&92));
    /// ```
    #[inline]
    pub fn get(this: &LazyLock<T, F>) -> Option<&T> {
        this.value.get()
    }

    /// The value to change, if it was made, as [`std::sync::LazyLock::get_mut`] of Rust 1.94.
    ///
    /// # Examples
    /// ```
    /// use coro::sync::LazyLock;
    /// let mut lazy = LazyLock::new(|| 92);
    /// assert_eq!(LazyLock::get_mut(&mut lazy), None);
    /// LazyLock::force(&lazy);
    /// *LazyLock::get_mut(&mut lazy).unwrap() = 44;
    /// assert_eq!(*lazy, 44);
    /// ```
    #[inline]
    pub fn get_mut(this: &mut LazyLock<T, F>) -> Option<&mut T> {
        this.value.get_mut()
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        LazyLock::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    /// A lock whose value will be the type's default.
    fn default() -> LazyLock<T> {
        LazyLock::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_value(f, "LazyLock", self.value.get())
    }
}
