//! A routine: what calling an annotated function gives.

use std::fmt;
use std::sync::Arc;

use super::builder::Builder;
use super::handle::JoinHandle;
use crate::sched::record::Name;

/// A function with its arguments bound, not yet running: what a `#[coro::thread]` function returns.
///
/// [`spawn`](Self::spawn) runs it as a thread, [`call`](Self::call) in place, and
/// [`Scope::spawn_routine`](super::Scope::spawn_routine) as a thread that may borrow. It may borrow for `'a` and
/// returns an `R`.
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
#[must_use = "a routine does nothing until it is spawned or called"]
pub struct Routine<'a, R> {
    body: Box<dyn FnOnce() -> R + 'a>,
    name: Name,
    stack_size: Option<usize>,
}

impl<'a, R> Routine<'a, R> {
    pub(crate) fn new(
        name: &'static str,
        stack_size: Option<usize>,
        body: impl FnOnce() -> R + 'a,
    ) -> Routine<'a, R> {
        Routine { body: Box::new(body), name: Name::Static(name), stack_size }
    }

    /// Names the thread that the routine will be, instead of after its function.
    pub fn named(mut self, name: impl Into<String>) -> Routine<'a, R> {
        self.name = Name::Shared(Arc::from(name.into()));
        self
    }

    /// Sets the least stack size of the thread in bytes; see [`Builder::stack_size`].
    pub fn stack_size(mut self, bytes: usize) -> Routine<'a, R> {
        self.stack_size = Some(bytes);
        self
    }

    /// Runs the routine in place, on the caller's stack, and returns its result.
    pub fn call(self) -> R {
        (self.body)()
    }

    /// The builder and the closure of the thread to be.
    pub(super) fn into_parts(self) -> (Builder, Box<dyn FnOnce() -> R + 'a>) {
        let builder = Builder::new().named(self.name);
        let builder = match self.stack_size {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        };
        (builder, self.body)
    }
}

impl<R: 'static> Routine<'static, R> {
    /// Runs the routine as a new thread of this OS thread's loop; dropping the handle detaches it.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    #[track_caller]
    pub fn spawn(self) -> JoinHandle<R> {
        let (builder, body) = self.into_parts();
        match builder.spawn(body) {
            Ok(handle) => handle,
            Err(error) => panic!("failed to spawn a thread: {error}"),
        }
    }
}

impl<R> fmt::Debug for Routine<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routine")
            .field("name", &self.name.get())
            .field("stack_size", &self.stack_size)
            .finish_non_exhaustive()
    }
}
