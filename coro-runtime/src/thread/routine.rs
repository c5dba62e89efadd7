//! A routine: what calling an annotated function gives.

use std::fmt;
use std::io;

use super::builder::Builder;
use super::handle::JoinHandle;
use crate::sched::StackWish;
use crate::sched::record::Name;

/// A function with its arguments bound, not yet running: what a `#[coro::thread]` function returns.
///
/// A routine does nothing until [`.spawn()`](Self::spawn), which runs it as a thread, or [`.call()`](Self::call), which
/// runs it in place. One that borrows has no `.spawn()`: [`Scope::spawn_routine`](super::Scope::spawn_routine) runs it
/// as a thread of a scope. It may borrow for `'a` and returns an `R`.
///
/// # Examples
/// ```
/// #[coro::thread]
/// fn add(a: u32, b: u32) -> u32 {
///     a + b
/// }
///
/// coro::run(|| {
///     assert_eq!(add(1, 2).call(), 3);
///     let handle = add(3, 4).named("adder").spawn();
///     assert_eq!(handle.thread().name(), Some("adder"));
///     assert_eq!(handle.join().expect("it returns"), 7);
/// });
/// ```
#[must_use = "a routine does nothing until spawned or called"]
pub struct Routine<'a, R> {
    body: Box<dyn FnOnce() -> R + 'a>,
    name: Name,
    stack: StackWish,
}

impl<'a, R> Routine<'a, R> {
    pub(crate) fn with_name(name: Name, body: Box<dyn FnOnce() -> R + 'a>) -> Routine<'a, R> {
        Routine { body, name, stack: StackWish::default() }
    }

    /// Binds a closure, as calling an annotated function binds that function: it runs when the routine is called or
    /// spawned. The thread has no name until it is [given one](Self::named).
    ///
    /// The original manual calls it `new (function, *args)`; the closure captures the arguments.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::Routine;
    /// let greet = |whom: &'static str| Routine::from_fn(move || format!("hello, {whom}"));
    /// assert_eq!(greet("you").call(), "hello, you");
    /// coro::run(|| {
    ///     let handle = greet("thread").named("greeter").spawn();
    ///     assert_eq!(handle.join().expect("it returns"), "hello, thread");
    /// });
    /// ```
    pub fn from_fn(f: impl FnOnce() -> R + 'a) -> Routine<'a, R> {
        Routine { body: Box::new(f), name: Name::None, stack: StackWish::default() }
    }

    /// Names the thread that the routine will be, instead of after its function.
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn worker() -> Option<String> {
    ///     coro::thread::current().name().map(str::to_owned)
    /// }
    ///
    /// coro::run(|| {
    ///     assert_eq!(worker().spawn().join().unwrap().as_deref(), Some("worker"));
    ///     assert_eq!(worker().named("worker 1").spawn().join().unwrap().as_deref(), Some("worker 1"));
    /// });
    /// ```
    #[doc(alias = "setName")]
    pub fn named(mut self, name: impl Into<String>) -> Routine<'a, R> {
        self.name = Name::from(name.into());
        self
    }

    /// Sets the least stack size of the thread in bytes; see [`Builder::stack_size`].
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn large() -> usize {
    ///     let large = [1_u8; 512 * 1024]; // more than a whole stack of the default size
    ///     std::hint::black_box(&large).len()
    /// }
    ///
    /// coro::run(|| {
    ///     let handle = large().stack_size(2 * 1024 * 1024).spawn();
    ///     assert_eq!(handle.join().unwrap(), 512 * 1024);
    /// });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Routine<'a, R> {
        self.stack.size = Some(bytes);
        self
    }

    /// Sets the least size of the guard below the thread's stack in bytes; see [`Builder::guard_size`].
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn parse_in_c(text: &'static str) -> usize {
    ///     text.len() // think of a C library with frames of 100 KiB
    /// }
    ///
    /// coro::run(|| {
    ///     let handle = parse_in_c("text").guard_size(128 * 1024).spawn();
    ///     assert_eq!(handle.join().unwrap(), 4);
    /// });
    /// ```
    pub fn guard_size(mut self, bytes: usize) -> Routine<'a, R> {
        self.stack.guard = Some(bytes);
        self
    }

    /// Runs the routine in place, on the caller's stack, and returns its result.
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn sum(numbers: &[u32]) -> u32 {
    ///     numbers.iter().sum()
    /// }
    ///
    /// let numbers = vec![1, 2, 3];
    /// assert_eq!(sum(&numbers).call(), 6); // no thread and no loop, so it may borrow
    /// ```
    pub fn call(self) -> R {
        (self.body)()
    }

    /// The builder and the closure of the thread to be.
    pub(super) fn into_parts(self) -> (Builder, Box<dyn FnOnce() -> R + 'a>) {
        (Builder::new().named(self.name).stack(self.stack), self.body)
    }
}

impl<R: 'static> Routine<'static, R> {
    /// Runs the routine as a new thread of this OS thread's loop; dropping the handle detaches it.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn double(n: u32) -> u32 {
    ///     coro::thread::yield_now(); // the others run meanwhile
    ///     2 * n
    /// }
    ///
    /// coro::run(|| {
    ///     let threads: Vec<_> = (1..=3).map(|n| double(n).spawn()).collect();
    ///     let sum: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    ///     assert_eq!(sum, 12);
    /// });
    /// ```
    #[doc(alias = "start")]
    #[track_caller]
    pub fn spawn(self) -> JoinHandle<R> {
        match self.try_spawn() {
            Ok(handle) => handle,
            Err(error) => panic!("failed to spawn a thread: {error}"),
        }
    }

    /// As `spawn`, with an error where that panics.
    ///
    /// # Errors
    /// Those of [`Builder::spawn`].
    #[track_caller]
    pub(crate) fn try_spawn(self) -> io::Result<JoinHandle<R>> {
        let (builder, body) = self.into_parts();
        builder.spawn(body)
    }
}

impl<R> fmt::Debug for Routine<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routine")
            .field("name", &self.name.get())
            .field("stack", &self.stack)
            .finish_non_exhaustive()
    }
}
