//! Spawning.

#![expect(unsafe_code, reason = "starts threads whose closures may borrow, for scopes")]

use std::io;
use std::panic::Location;

use super::handle::{JoinHandle, Thread, is_panic};
use super::packet::{Outcome, packet};
use super::scope::{Scope, ScopedJoinHandle};
use crate::payload::{Unwind, UnwindKind};
use crate::sched::record::Name;
use crate::sched::{SpawnOptions, StackWish, current, locals, unwind};

/// Spawns a thread in the loop of this OS thread, as [`std::thread::spawn`] does for OS threads.
///
/// The new thread runs when the running one waits or yields. Neither `f` nor its result need be `Send`: the thread
/// never leaves this OS thread.
///
/// # Panics
/// If no loop runs on this OS thread, or no stack can be had; [`Builder::spawn`] returns an error instead.
///
/// # Examples
/// ```
/// use std::{cell::Cell, rc::Rc};
/// coro::run(|| {
///     let sum = Rc::new(Cell::new(0));
///     let threads: Vec<_> = (1..=10)
///         .map(|n| coro::thread::spawn({ let sum = sum.clone(); move || sum.set(sum.get() + n) }))
///         .collect();
///     for thread in threads { thread.join().expect("no thread panics"); }
///     assert_eq!(sum.get(), 55);
/// });
/// ```
#[inline]
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    match Builder::new().spawn(f) {
        Ok(handle) => handle,
        Err(error) => panic!("failed to spawn a thread: {error}"),
    }
}

/// Configures a new thread, as [`std::thread::Builder`].
///
/// # Examples
/// ```
/// coro::run(|| -> std::io::Result<()> {
///     let handle = coro::thread::Builder::new()
///         .name("worker".into())
///         .stack_size(64 * 1024)
///         .spawn(|| coro::thread::current().name().map(str::to_owned))?;
///     assert_eq!(handle.join().expect("it returns").as_deref(), Some("worker"));
///     Ok(())
/// }).unwrap();
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder {
    name: Name,
    stack: StackWish,
    /// Where the thread is said to be spawned; where the builder spawns it, if none.
    site: Option<&'static Location<'static>>,
}

impl Builder {
    /// A builder with no name and the loop's default stack size.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let handle = coro::thread::Builder::new().spawn(|| ()).unwrap();
    ///     assert_eq!(handle.thread().name(), None);
    /// });
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names the thread, for reports and panic messages.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let builder = coro::thread::Builder::new().name("worker".into());
    ///     let handle = builder.spawn(|| panic!("no luck")).unwrap();
    ///     assert!(handle.join().unwrap_err().to_string().contains("worker"));
    /// });
    /// ```
    pub fn name(mut self, name: String) -> Builder {
        self.name = Name::from(name);
        self
    }

    pub(crate) fn named(mut self, name: Name) -> Builder {
        self.name = name;
        self
    }

    /// For threads that are spawned on behalf of a call elsewhere.
    pub(super) fn at(mut self, site: &'static Location<'static>) -> Builder {
        self.site = Some(site);
        self
    }

    /// Sets the least size of the stack in bytes: at least 16 KiB; the default is 256 KiB. A panic that prints a
    /// backtrace needs about 32 KiB.
    ///
    /// It is address space, rounded up to a power of two; memory is used only as far as the thread goes.
    /// [`stack::measure`](crate::stack::measure) says how far a function does.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let builder = coro::thread::Builder::new().stack_size(2 * 1024 * 1024);
    ///     let handle = builder.spawn(|| {
    ///         let large = [1_u8; 512 * 1024]; // more than a whole stack of the default size
    ///         std::hint::black_box(&large).len()
    ///     });
    ///     assert_eq!(handle.unwrap().join().unwrap(), 512 * 1024);
    /// });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.stack.size = Some(bytes);
        self
    }

    /// Sets the least size of the guard below the stack in bytes; it is rounded up to whole pages, one at least, which
    /// is the default.
    ///
    /// A guard is address space that nobody can touch, so that an overflow is found and no other memory overwritten.
    /// Rust code touches each page of a large frame in order, so a page suffices for it. C code does so only if it was
    /// compiled with `-fstack-clash-protection`: a thread that calls other C code wants a guard larger than the largest
    /// frame in that code.
    ///
    /// A guard costs the kernel page tables, 1/512 of its size once a stack has been used, and the time to fill these: a guard of
    /// 1 MiB costs 2 KiB.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let builder = coro::thread::Builder::new().stack_size(64 * 1024).guard_size(256 * 1024);
    ///     let handle = builder.spawn(|| coro::stack::usage()).unwrap();
    ///     let usage = handle.join().unwrap();
    ///     let guarded = |class: &&coro::stack::ClassUsage| class.guard() == 256 * 1024;
    ///     assert_eq!(usage.classes().iter().find(guarded).unwrap().in_use(), 1);
    /// });
    /// ```
    pub fn guard_size(mut self, bytes: usize) -> Builder {
        self.stack.guard = Some(bytes);
        self
    }

    pub(super) fn stack(mut self, stack: StackWish) -> Builder {
        self.stack = stack;
        self
    }

    /// Spawns the thread.
    ///
    /// # Errors
    /// `InvalidInput` for a stack size below the minimum or beyond the address space, `OutOfMemory` if no stack can
    /// be had, `Unsupported` if no loop runs on this OS thread. The closure is dropped then.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let error = coro::thread::Builder::new().stack_size(1000).spawn(|| ()).unwrap_err();
    ///     assert_eq!(error.to_string(), "stack of 1000 bytes is below the minimum of 16384");
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + 'static,
        T: 'static,
    {
        // SAFETY: `F` and `T` are `'static`: they borrow nothing that could end.
        unsafe { self.spawn_unchecked(f, |_| ()) }
    }

    /// As `spawn`; `last` is dropped on the thread once its result is there.
    ///
    /// # Errors
    /// As `spawn`.
    #[track_caller]
    pub(super) fn spawn_with_last<F, T, L>(self, f: F, last: L) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + 'static,
        T: 'static,
        L: 'static,
    {
        // SAFETY: `F`, `T` and `L` are `'static`: they borrow nothing that could end; `drop_quietly` does not unwind.
        unsafe { self.spawn_unchecked(f, |_| unwind::drop_quietly(last)) }
    }

    /// Spawns a thread that may borrow for `'scope`, as [`std::thread::Builder::spawn_scoped`].
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    ///
    /// # Examples
    /// ```
    /// coro::run(|| -> std::io::Result<()> {
    ///     let text = String::from("borrowed");
    ///     coro::thread::scope(|scope| {
    ///         let builder = coro::thread::Builder::new().name("reader".into());
    ///         let length = builder.spawn_scoped(scope, || text.len())?.join().expect("it returns");
    ///         assert_eq!(length, 8);
    ///         Ok(())
    ///     })
    /// }).unwrap();
    /// ```
    #[track_caller]
    pub fn spawn_scoped<'scope, F, T>(
        self,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + 'scope,
        T: 'scope,
    {
        scope.spawn_with(self, f, ())
    }

    /// Spawns a thread that may borrow; `finally` runs on it when the rest is over, and must not unwind.
    ///
    /// # Errors
    /// As `spawn`.
    ///
    /// # Safety
    /// Everything that `f`, its result and `finally` borrow must live until `finally` has run.
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn spawn_unchecked<F, T>(
        self,
        f: F,
        finally: impl FnOnce(Ending),
    ) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T,
    {
        if size_of::<F>() > LARGE_CLOSURE {
            // SAFETY: this function's own contract; the box owns what `f` owned.
            return unsafe { self.spawn_small(Box::new(f), finally) };
        }
        // SAFETY: this function's own contract.
        unsafe { self.spawn_small(f, finally) }
    }

    /// As `spawn_unchecked`, for a closure that may be moved about.
    ///
    /// # Errors
    /// As `spawn`.
    ///
    /// # Safety
    /// As `spawn_unchecked`.
    #[inline]
    #[track_caller]
    unsafe fn spawn_small<F, T>(
        self,
        f: F,
        finally: impl FnOnce(Ending),
    ) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T,
    {
        let Builder { name, stack, site } = self;
        // Not by a closure or a path, which have other callers.
        let site = site.unwrap_or(Location::caller());
        let options = SpawnOptions { name: name.clone(), site };
        // First, and apart: what `f` captured is dropped if this fails, and by then nobody may hold a reference to the
        // loop, for `f` may own it (`EventLoop`).
        let (stack, id) = current::with_loop(|lp| {
            let lp = lp.ok_or_else(no_loop)?;
            lp.take_stack(stack).map(|stack| (stack, lp.id()))
        })?;
        let (writer, reader) = packet(id);
        let entry = move || {
            let outcome = unwind::catch(move || start(f)).and_then(|started| started);
            locals::end_of_thread();
            let ending = writer.complete(outcome).map_or(Ending::Ordinary, bury);
            finally(ending);
        };
        current::with_loop(|lp| {
            let lp = lp.expect("it has given a stack");
            // SAFETY: `entry` catches all that its parts can unwind with. What it borrows lives until `finally` has
            // run, its last statement, by this function's contract.
            let key = unsafe { lp.spawn(options, stack, entry) };
            Ok(JoinHandle::new(reader, Thread::coro(id, key, name)))
        })
    }
}

/// In bytes. A larger closure is boxed, for on its way to the call it is moved from frame to frame of the new stack.
const LARGE_CLOSURE: usize = 256;

/// What the end of a thread tells its scope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Ordinary,
    /// It panicked, and its handle was gone by then.
    UnseenPanic,
}

/// Drops an outcome that nobody waits for; what it was to a scope.
fn bury<T>(unread: Outcome<T>) -> Ending {
    let ending = if is_panic(&unread) { Ending::UnseenPanic } else { Ending::Ordinary };
    unwind::drop_quietly(unread);
    ending
}

/// The first frame on a thread's stack: runs `f`, unless the thread was killed before it came to it.
fn start<F: FnOnce() -> T, T>(f: F) -> Outcome<T> {
    let killed = current::with(|cx| cx.is_some_and(|cx| cx.rec.interrupts.is_killed()));
    if killed {
        // What the closure captured may wait in its destructor, as it could if it had never been spawned.
        crate::time::shield(|| unwind::drop_quietly(f));
        return Err(Box::new(Unwind::new(UnwindKind::Kill(current::number()))));
    }
    Ok(f())
}

fn no_loop() -> io::Error {
    let message =
        "no coro loop runs on this OS thread; call coro::run, or annotate main with #[coro::main]";
    io::Error::new(io::ErrorKind::Unsupported, message)
}
