//! Values that each thread has for itself: `coro::local!` and its keys, shaped after std's `thread_local!`.
//!
//! The scheduler keeps the values in the thread's record, without their types (`sched/locals.rs`); here they have them.
//! What runs outside any loop keeps its values in a thread-local of its OS thread.

use std::any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::rc::Rc;

use crate::error::AccessError;
use crate::sched::current;
use crate::sched::locals::{Found, Locals, Place};

/// Declares keys whose values each thread has for itself, with the syntax of [`std::thread_local!`].
///
/// Any number of statics may be declared at once, each with attributes and a visibility; each becomes a static of type
/// [`LocalKey`](crate::thread::LocalKey). An initialiser runs when a thread first asks for its value; it may wait. A
/// `const { … }` initialiser is computed when the program is compiled.
///
/// A value of `std::thread_local!` belongs to the OS thread: all threads of a loop share it. To swap one for the other
/// without a change, write `use coro::local as thread_local;`.
///
/// # Examples
/// ```
/// use std::cell::{Cell, RefCell};
/// coro::local! {
///     /// How often this thread was asked.
///     pub static ASKED: Cell<u32> = const { Cell::new(0) };
///
///     static LOG: RefCell<Vec<String>> = RefCell::new(vec!["begin".to_owned()]);
/// }
///
/// coro::run(|| {
///     ASKED.set(7);
///     coro::thread::spawn(|| assert_eq!(ASKED.replace(1), 0)).join().unwrap();
///     assert_eq!(ASKED.get(), 7);
///     LOG.with_borrow(|log| assert_eq!(log[0], "begin"));
/// });
/// ```
#[macro_export]
macro_rules! local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $value:block; $($rest:tt)*) => {
        $crate::local!($(#[$attribute])* $visibility static $name: $type = const $value);
        $crate::local!($($rest)*);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $value:block) => {
        $(#[$attribute])*
        $visibility static $name: $crate::thread::LocalKey<$type> = $crate::thread::LocalKey::new(|| {
            const VALUE: $type = $value;
            VALUE
        });
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr; $($rest:tt)*) => {
        $crate::local!($(#[$attribute])* $visibility static $name: $type = $value);
        $crate::local!($($rest)*);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr) => {
        $(#[$attribute])*
        $visibility static $name: $crate::thread::LocalKey<$type> =
            $crate::thread::LocalKey::new(|| $value);
    };
}

/// A key under which each thread has a value of its own, as [`std::thread::LocalKey`]; [`local!`](crate::local) makes
/// them.
///
/// Each thread of a loop has its own value, the main thread included, and so has each OS thread outside any loop. (The
/// main thread of a [`scope`](super::scope) that began outside any loop is its OS thread.) A raw
/// [coroutine](mod@crate::coroutine) uses that of the thread on which it runs at the moment.
///
/// # Initialisation
/// The initialiser runs when the thread first asks for the value, and may wait meanwhile. If it unwinds, the next call
/// tries again. It must not ask for the very value that it makes: that panics.
///
/// # Destruction
/// The values of a thread are destroyed at its end, on its own stack, the one that was made last first, before
/// [`join`](crate::thread::JoinHandle::join) or a scope returns. Those of a loop's main thread are destroyed when the
/// function given to [`run`](crate::run) has returned, or the owner of an [`EventLoop`](crate::EventLoop) is dropped,
/// before the other threads are killed. A destructor may wait; no interrupt ends such a wait. It may use other keys, and
/// even make new values; only for those whose destructor has begun there is an [`AccessError`]. A panic of a destructor
/// is printed and goes no further, while std aborts. What a detached thread returns is dropped after its values.
///
/// A coroutine may outlive the thread that resumed it. If it waits inside [`with`](Self::with) when that thread ends, the
/// value is destroyed once that call returns.
///
/// # Examples
/// ```
/// use coro::thread::LocalKey;
/// use std::cell::Cell;
/// coro::local!(static COUNT: Cell<u32> = const { Cell::new(0) });
///
/// fn bump(count: &'static LocalKey<Cell<u32>>) -> u32 {
///     count.set(count.get() + 1);
///     count.get()
/// }
///
/// coro::run(|| {
///     assert_eq!((bump(&COUNT), bump(&COUNT)), (1, 2));
///     assert_eq!(coro::thread::spawn(|| bump(&COUNT)).join().unwrap(), 1);
/// });
/// assert_eq!(bump(&COUNT), 1); // outside the loop it is the OS thread's value
/// ```
pub struct LocalKey<T: 'static> {
    make: fn() -> T,
}

impl<T: 'static> LocalKey<T> {
    /// What `local!` expands to. A key is told by its address, so it must be a static.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(make: fn() -> T) -> LocalKey<T> {
        LocalKey { make }
    }

    /// Calls `f` with the running thread's value, which is made first if there is none yet.
    ///
    /// # Panics
    /// If the value is being destroyed or was; if its initialiser asks for it, or panics.
    ///
    /// # Interruption
    /// None of its own: only where the initialiser or `f` waits.
    ///
    /// # Examples
    /// ```
    /// coro::local!(static GREETING: String = String::from("hello"));
    /// assert_eq!(GREETING.with(|greeting| greeting.len()), 5);
    /// ```
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        f(&expect_value(self.value(self.make)))
    }

    /// As [`with`](Self::with), but with an error if the value is gone.
    ///
    /// # Errors
    /// The value is being destroyed or was.
    ///
    /// # Panics
    /// If the initialiser asks for the value that it makes, or panics.
    ///
    /// # Examples
    /// ```
    /// struct Farewell;
    /// impl Drop for Farewell {
    ///     fn drop(&mut self) {
    ///         assert!(FAREWELL.try_with(|_| ()).is_err()); // too late
    ///     }
    /// }
    /// coro::local!(static FAREWELL: Farewell = Farewell);
    ///
    /// coro::run(|| coro::thread::spawn(|| assert!(FAREWELL.try_with(|_| ()).is_ok())).join().unwrap());
    /// ```
    #[track_caller]
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        Ok(f(&*self.value(self.make)?))
    }

    /// The running thread's value, made by `make` if there is none.
    #[track_caller]
    fn value(&'static self, make: impl FnOnce() -> T) -> Result<Rc<T>, AccessError> {
        match with_locals(|locals| locals.find(ptr::from_ref(self).addr())) {
            Found::Kept(value) => {
                Ok(value.downcast().expect("a static's address stands for one type"))
            }
            Found::Vacant(place) => fill(place, make),
            Found::Gone => Err(AccessError),
            Found::Beginning => panic!(
                "the initialiser of a thread's own {} asks for the value that it makes; give it what it needs by other means",
                any::type_name::<T>()
            ),
        }
    }

    /// Makes `value` the running thread's value, whose initialiser then does not run; gives it back, with the value
    /// that is there already, if there is one.
    #[track_caller]
    fn value_or(&'static self, value: T) -> (Rc<T>, Option<T>) {
        let mut value = Some(value);
        let present = self.value(|| value.take().expect("a value is made once"));
        (expect_value(present), value)
    }
}

/// Makes a value and keeps it.
fn fill<T: 'static>(place: Place, make: impl FnOnce() -> T) -> Result<Rc<T>, AccessError> {
    let value = Rc::new(make());
    if place.fill(value.clone()) { Ok(value) } else { Err(AccessError) }
}

#[track_caller]
fn expect_value<T>(value: Result<Rc<T>, AccessError>) -> Rc<T> {
    match value {
        Ok(value) => value,
        Err(error) => {
            let name = any::type_name::<T>();
            panic!("cannot use a thread's own {name}: {error}; try_with says so without a panic")
        }
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Sets the running thread's value; the initialiser does not run for it.
    ///
    /// # Panics
    /// If the value is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// coro::local!(static LIMIT: Cell<u32> = panic!("set it first"));
    /// LIMIT.set(10);
    /// assert_eq!(LIMIT.get(), 10);
    /// ```
    #[track_caller]
    pub fn set(&'static self, value: T) {
        if let (cell, Some(value)) = self.value_or(Cell::new(value)) {
            cell.set(value.into_inner());
        }
    }

    /// A copy of the running thread's value.
    ///
    /// # Panics
    /// If the value is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// coro::local!(static LIMIT: Cell<u32> = const { Cell::new(1) });
    /// assert_eq!(LIMIT.get(), 1);
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the running thread's value and leaves the default in its place.
    ///
    /// # Panics
    /// If the value is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// coro::local!(static NEXT: Cell<Option<u32>> = const { Cell::new(Some(1)) });
    /// assert_eq!((NEXT.take(), NEXT.take()), (Some(1), None));
    /// ```
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Sets the running thread's value and returns the one before.
    ///
    /// # Panics
    /// If the value is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::Cell;
    /// coro::local!(static LEVEL: Cell<u32> = const { Cell::new(1) });
    /// assert_eq!((LEVEL.replace(2), LEVEL.replace(3)), (1, 2));
    /// ```
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Calls `f` with the running thread's value, borrowed.
    ///
    /// # Panics
    /// If it is borrowed mutably; if it is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::RefCell;
    /// coro::local!(static NAMES: RefCell<Vec<String>> = RefCell::default());
    /// NAMES.with_borrow(|names| assert!(names.is_empty()));
    /// ```
    #[track_caller]
    pub fn with_borrow<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        f(&expect_value(self.value(self.make)).borrow())
    }

    /// Calls `f` with the running thread's value, borrowed mutably.
    ///
    /// # Panics
    /// If it is borrowed; if it is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::RefCell;
    /// coro::local!(static NAMES: RefCell<Vec<String>> = RefCell::default());
    /// NAMES.with_borrow_mut(|names| names.push("Ada".to_owned()));
    /// assert_eq!(NAMES.take(), ["Ada"]);
    /// ```
    #[track_caller]
    pub fn with_borrow_mut<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&mut T) -> R,
    {
        f(&mut expect_value(self.value(self.make)).borrow_mut())
    }

    /// Sets the running thread's value; the initialiser does not run for it.
    ///
    /// # Panics
    /// If it is borrowed; if it is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::RefCell;
    /// coro::local!(static NAMES: RefCell<Vec<String>> = panic!("set it first"));
    /// NAMES.set(vec!["Ada".to_owned()]);
    /// assert_eq!(NAMES.take(), ["Ada"]);
    /// ```
    #[track_caller]
    pub fn set(&'static self, value: T) {
        if let (cell, Some(value)) = self.value_or(RefCell::new(value)) {
            // The one before is dropped when it is no longer borrowed.
            drop(cell.replace(value.into_inner()));
        }
    }

    /// Takes the running thread's value and leaves the default in its place.
    ///
    /// # Panics
    /// If it is borrowed; if it is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::RefCell;
    /// coro::local!(static NAMES: RefCell<Vec<&str>> = RefCell::new(vec!["Ada"]));
    /// assert_eq!(NAMES.take(), ["Ada"]);
    /// assert!(NAMES.take().is_empty());
    /// ```
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        expect_value(self.value(self.make)).take()
    }

    /// Sets the running thread's value and returns the one before.
    ///
    /// # Panics
    /// If it is borrowed; if it is being destroyed or was.
    ///
    /// # Examples
    /// ```
    /// use std::cell::RefCell;
    /// coro::local!(static NAMES: RefCell<Vec<&str>> = RefCell::new(vec!["Ada"]));
    /// assert_eq!(NAMES.replace(vec!["Grace"]), ["Ada"]);
    /// assert_eq!(NAMES.replace(vec![]), ["Grace"]);
    /// ```
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        expect_value(self.value(self.make)).replace(value)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

thread_local! {
    /// What this OS thread keeps outside any loop. std never destroys it, so that destructors find it to the end.
    static OUTSIDE: ManuallyDrop<Locals> = const { ManuallyDrop::new(Locals::new()) };
    /// Closes it when the OS thread ends.
    static AT_THE_END: CloseOutside = const { CloseOutside };
}

struct CloseOutside;

impl Drop for CloseOutside {
    fn drop(&mut self) {
        OUTSIDE.with(|locals| locals.close());
    }
}

/// Calls `f` with what the running thread keeps, which is the OS thread's outside any loop.
fn with_locals<R>(f: impl FnOnce(&Locals) -> R) -> R {
    current::with(|cx| match cx {
        Some(cx) if !cx.rec.locals.is_outside() => f(&cx.rec.locals),
        _ => {
            // The first time this has std note the destructor. Later, when it has run, the table is closed.
            let _ = AT_THE_END.try_with(|_| ());
            OUTSIDE.with(|locals| f(locals))
        }
    })
}
