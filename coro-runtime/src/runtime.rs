//! Entering a loop: `run`, and the builder of all loops.

use std::io;
use std::time::Duration;

use crate::event_loop::EventLoop;
use crate::sched::record::Name;
use crate::sched::unwind::Voice;
use crate::sched::{self, Config, Order};

/// Runs `f` as the main thread of a new loop on this OS thread, and returns what it returns.
///
/// `f` runs in place, on the caller's stack; it may borrow and wait. When it has returned (or unwound), all other
/// threads are killed, and `run` waits until the last of them is gone. If some are stuck for longer than the
/// [grace](Builder::shutdown_grace), they are named on standard error and the process aborts, because a stack in use
/// cannot be taken away.
///
/// # Panics
/// If a loop runs on this OS thread already; if no poller can be had; if the main thread is killed, or raised at and
/// does not catch it. A panic of `f` goes on once the other threads are gone.
///
/// # Examples
/// ```
/// let answer = coro::run(|| coro::thread::spawn(|| 42).join());
/// assert_eq!(answer.expect("the thread returns"), 42);
/// ```
#[track_caller]
pub fn run<R>(f: impl FnOnce() -> R) -> R {
    Builder::new().run(f)
}

/// Configures a loop before it [runs](Self::run), or is [built](Self::build) to be driven by hand.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// let slept = coro::Builder::new().stack_size(64 * 1024).start_paused(true).run(|| {
///     let start = coro::time::now();
///     coro::thread::sleep(Duration::from_secs(3600)); // a paused clock jumps instead
///     coro::time::now() - start
/// });
/// assert_eq!(slept, Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it runs or builds"]
pub struct Builder {
    config: Config,
}

impl Builder {
    /// A builder with the defaults of [`run`].
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::Builder::new().run(|| 42), coro::run(|| 42));
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names the main thread; the default is `main`.
    ///
    /// # Examples
    /// ```
    /// coro::Builder::new().name("indexer").run(|| {
    ///     assert_eq!(coro::thread::current().name(), Some("indexer"));
    /// });
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.config.main_name = Name::from(name.into());
        self
    }

    /// Sets the least stack size in bytes of threads that do not ask for one; the default is 256 KiB of address
    /// space, the minimum 16 KiB.
    ///
    /// A size out of range is reported by the first spawn that uses it.
    ///
    /// # Examples
    /// ```
    /// coro::Builder::new().stack_size(1000).run(|| {
    ///     let error = coro::thread::Builder::new().spawn(|| ()).unwrap_err();
    ///     assert_eq!(error.to_string(), "stack of 1000 bytes is below the minimum of 16384");
    /// });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.config.stack_size = bytes;
        self
    }

    /// Sets the least size in bytes of the guards below the stacks of threads that do not ask for one; the default, and
    /// the least, is a page. Coroutines that are started in this loop have such guards too.
    ///
    /// See [`thread::Builder::guard_size`](crate::thread::Builder::guard_size), which tells who needs more. A size out of
    /// range is reported by the first spawn that uses it.
    ///
    /// # Examples
    /// ```
    /// coro::Builder::new().guard_size(100_000).run(|| {
    ///     coro::thread::spawn(|| println!("C code may be called from here"));
    ///     let usage = coro::stack::usage();
    ///     assert!(usage.classes().iter().any(|class| class.guard() >= 100_000));
    /// });
    /// ```
    pub fn guard_size(mut self, bytes: usize) -> Builder {
        self.config.guard_size = bytes;
        self
    }

    /// Whether stacks are cleared when they come back, so that nobody finds on one what another thread left there; the
    /// default is false.
    ///
    /// It holds for all stacks that come back while this loop is the OS thread's: those of its threads, of coroutines, of
    /// calls on big stacks. Their memory goes back to the system, so the next thread begins with fresh pages: a spawn and
    /// join takes some microseconds longer. Then also [`Thread::stack_high_water`](crate::thread::Thread::stack_high_water)
    /// tells of that thread alone.
    ///
    /// # Examples
    /// ```
    /// coro::Builder::new().clear_stacks(true).run(|| {
    ///     let large = || std::hint::black_box([1_u8; 100_000]).len();
    ///     coro::thread::spawn(large).join().unwrap();
    ///     let next = coro::thread::spawn(|| coro::thread::current().stack_high_water());
    ///     assert!(next.join().unwrap().unwrap() < 100_000);
    /// });
    /// ```
    pub fn clear_stacks(mut self, clear: bool) -> Builder {
        self.config.clear_stacks = clear;
        self
    }

    /// Sets how long other threads may take to end after the main function has returned; the default is 10 seconds.
    ///
    /// # Examples
    /// ```
    /// use std::{cell::Cell, rc::Rc, time::Duration};
    /// let saved = Rc::new(Cell::new(false));
    /// coro::Builder::new().shutdown_grace(Duration::from_secs(30)).run(|| {
    ///     let saved = saved.clone();
    ///     coro::thread::spawn(move || coro::shield(|| {
    ///         coro::thread::sleep(Duration::from_millis(1));
    ///         saved.set(true);
    ///     }));
    ///     coro::thread::yield_now(); // it is saving now, and the shield holds the kill at the end back
    /// });
    /// assert!(saved.get());
    /// ```
    pub fn shutdown_grace(mut self, grace: Duration) -> Builder {
        self.config.grace = grace;
        self
    }

    /// Makes every turn take a random ready thread instead of the one that is ready for longest.
    ///
    /// The same seed gives the same choices, so a program without outside events runs the same way again.
    ///
    /// # Examples
    /// ```
    /// let order = |seed| coro::Builder::new().seed(seed).run(|| {
    ///     let order = std::cell::RefCell::new(Vec::new());
    ///     coro::thread::scope(|scope| for n in 0..20 {
    ///         let order = &order;
    ///         scope.spawn(move || order.borrow_mut().push(n));
    ///     });
    ///     order.take()
    /// });
    /// assert_ne!(order(7), (0..20).collect::<Vec<_>>()); // not as they came
    /// assert_eq!(order(7), order(7)); // but every time alike
    /// ```
    pub fn seed(mut self, seed: u64) -> Builder {
        self.config.order = Order::Seeded(seed);
        self
    }

    /// Whether the clock starts paused: then it stands still while threads run, and jumps to the next deadline when
    /// all of them wait. Files and sockets that are ready go first.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// coro::Builder::new().start_paused(true).run(|| {
    ///     let start = coro::time::now();
    ///     coro::thread::yield_now();
    ///     assert_eq!(coro::time::now(), start); // it stands still
    ///     coro::thread::sleep(Duration::from_secs(86_400)); // takes no time
    ///     assert_eq!(coro::time::now() - start, Duration::from_secs(86_400));
    /// });
    /// ```
    pub fn start_paused(mut self, paused: bool) -> Builder {
        self.config.start_paused = paused;
        self
    }

    /// Speaks to standard error so that a test runner captures it.
    pub(crate) fn captured(mut self) -> Builder {
        self.config.voice = Voice::Captured;
        self
    }

    /// Makes a loop with this configuration current on this OS thread, to be driven by hand; see [`EventLoop::new`].
    ///
    /// # Errors
    /// As [`EventLoop::new`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let event_loop = coro::Builder::new().name("driver").start_paused(true).build()?;
    /// coro::thread::spawn(|| coro::thread::sleep(Duration::from_secs(3600)));
    /// event_loop.run(None)?; // a paused clock jumps
    /// assert_eq!(coro::thread::current().name(), Some("driver"));
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn build(self) -> io::Result<EventLoop> {
        EventLoop::open(self.config)
    }

    /// Runs `f` in a loop with this configuration; see [`run`].
    ///
    /// # Panics
    /// As [`run`].
    ///
    /// # Examples
    /// ```
    /// let mut log = Vec::new();
    /// coro::Builder::new().run(|| log.push("ran")); // in place, so it may borrow
    /// assert_eq!(log, ["ran"]);
    /// ```
    #[track_caller]
    pub fn run<R>(self, f: impl FnOnce() -> R) -> R {
        sched::run(self.config, f)
    }
}
