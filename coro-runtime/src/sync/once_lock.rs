//! A value that is written once.
//!
//! The value lies in std's `OnceLock`, which one thread at a time sets and everybody reads; a [`Once`] decides who sets
//! it, and parks the others meanwhile.

use std::fmt;
use std::sync;

use super::once::{OnPoison, Once};

/// A cell that is written once, as [`std::sync::OnceLock`], whose waiters are parked.
///
/// The initialiser may wait; other threads that come meanwhile wait for it. It works between threads of one loop, of
/// several loops, and plain OS threads. If an initialiser unwinds, by a panic or an interrupt, the cell stays empty, and
/// the next thread runs its own.
///
/// # Examples
/// ```
/// use coro::sync::OnceLock;
/// static ANSWER: OnceLock<u32> = OnceLock::new();
/// coro::run(|| coro::thread::scope(|scope| {
///     let answers = [42, 43].map(|answer| {
///         scope.spawn(move || *ANSWER.get_or_init(|| {
///             coro::thread::yield_now(); // the other comes, and waits
///             answer
///         }))
///     });
///     let [first, second] = answers.map(|answer| answer.join().unwrap());
///     assert_eq!(first, second);
/// }));
/// ```
///
/// It can be shared with other OS threads where std's can:
/// ```compile_fail
/// fn share<T: Sync>(_: T) {}
/// share(coro::sync::OnceLock::<std::cell::Cell<u32>>::new());
/// ```
pub struct OnceLock<T> {
    once: Once,
    value: sync::OnceLock<T>,
}

impl<T> OnceLock<T> {
    /// Makes an empty cell.
    ///
    /// # Examples
    /// ```
    /// static NAME: coro::sync::OnceLock<String> = coro::sync::OnceLock::new();
    /// assert!(NAME.get().is_none());
    /// ```
    #[must_use]
    pub const fn new() -> OnceLock<T> {
        OnceLock { once: Once::new(), value: sync::OnceLock::new() }
    }

    /// The value, if there is one by now. It does not wait.
    ///
    /// # Examples
    /// ```
    /// let cell = coro::sync::OnceLock::new();
    /// assert_eq!(cell.get(), None);
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value to change, if there is one.
    ///
    /// # Examples
    /// ```
    /// let mut cell = coro::sync::OnceLock::from(1);
    /// *cell.get_mut().unwrap() += 1;
    /// assert_eq!(cell.into_inner(), Some(2));
    /// ```
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Waits until there is a value.
    ///
    /// # Panics
    /// Inside the cell's own initialiser.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait.
    ///
    /// # Examples
    /// ```
    /// let cell = coro::sync::OnceLock::new();
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     scope.spawn(|| cell.set("news").unwrap());
    ///     assert_eq!(*cell.wait(), "news");
    /// }));
    /// ```
    #[inline]
    pub fn wait(&self) -> &T {
        if self.get().is_none() {
            self.once.wait_for("OnceLock");
        }
        self.expect_value()
    }

    /// Sets the value, if there is none. It waits for an initialiser that is under way.
    ///
    /// # Errors
    /// The value, if there was one already.
    ///
    /// # Panics
    /// Inside the cell's own initialiser.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the value is dropped then.
    ///
    /// # Examples
    /// ```
    /// let cell = coro::sync::OnceLock::new();
    /// assert_eq!(cell.set(1), Ok(()));
    /// assert_eq!(cell.set(2), Err(2));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("an initialiser runs once"));
        value.map_or(Ok(()), Err)
    }

    /// The value; if there is none, it is made by `f`, or by another thread's function that is under way.
    ///
    /// # Panics
    /// If `f` itself asks for the value.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait for another thread's function. In `f` they arrive as they do elsewhere, and
    /// leave the cell empty.
    ///
    /// # Examples
    /// ```
    /// let cell = coro::sync::OnceLock::new();
    /// coro::run(|| {
    ///     let failed = coro::panic::catch_unwind(|| *cell.get_or_init(|| panic!("not this time")));
    ///     assert!(failed.is_err());
    ///     assert_eq!(*cell.get_or_init(|| 1), 1);
    ///     assert_eq!(*cell.get_or_init(|| 2), 1);
    /// });
    /// ```
    #[inline]
    pub fn get_or_init<F>(&self, f: F) -> &T
    where
        F: FnOnce() -> T,
    {
        match self.get() {
            Some(value) => value,
            None => self.initialise(f),
        }
    }

    #[cold]
    fn initialise(&self, f: impl FnOnce() -> T) -> &T {
        self.once.call("OnceLock", OnPoison::Ignore, |_| {
            let outcome = self.value.set(f());
            assert!(outcome.is_ok(), "one initialiser runs at a time, and none after it");
        });
        self.expect_value()
    }

    fn expect_value(&self) -> &T {
        self.get().expect("an initialiser has run to its end")
    }

    /// The value, if there is one.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::sync::OnceLock::from(1).into_inner(), Some(1));
    /// assert_eq!(coro::sync::OnceLock::<u32>::new().into_inner(), None);
    /// ```
    #[inline]
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Takes the value out, if there is one, and leaves the cell empty.
    ///
    /// # Examples
    /// ```
    /// let mut cell = coro::sync::OnceLock::from(1);
    /// assert_eq!(cell.take(), Some(1));
    /// assert_eq!(cell.set(2), Ok(()));
    /// ```
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> OnceLock<T> {
        OnceLock::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> OnceLock<T> {
        OnceLock { once: Once::completed(), value: sync::OnceLock::from(value) }
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> OnceLock<T> {
        self.get().map_or_else(OnceLock::new, |value| OnceLock::from(value.clone()))
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &OnceLock<T>) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_value(f, "OnceLock", self.get())
    }
}

/// Writes a cell as std does.
pub(super) fn debug_value<T: fmt::Debug>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    value: Option<&T>,
) -> fmt::Result {
    let mut debug = f.debug_tuple(name);
    match value {
        Some(value) => debug.field(value),
        None => debug.field(&format_args!("<uninit>")),
    };
    debug.finish()
}
