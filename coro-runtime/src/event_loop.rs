//! The loop in your own hands: made, run, turned and watched by calls instead of [`coro::run`](crate::run).
//!
//! An [`EventLoop`] makes the code of this OS thread outside any thread the *main thread* of a loop. Main may spawn and
//! wait as anybody: its waits drive the loop. [`run`](EventLoop::run) is the original manual's `event_loop`: it drives
//! the loop until it is told to exit. [`turn`](EventLoop::turn) does one round, for programs whose main loop is
//! somebody else's, which watches the [fd](EventLoop#impl-AsFd-for-EventLoop) of this one beside its own.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::coroutine;
use crate::error::ResumeError;
pub use crate::error::ThreadError;
use crate::sched::by_hand;
use crate::sched::current::{self, Cx, Installed};
use crate::sched::exit::Exit;
use crate::sched::remote::LoopId;
use crate::sched::views::Who;
use crate::sched::{Config, Loop, unwind};
use crate::sys::socket::Direction;
use crate::thread::{JoinHandle, ResumeHandle, Routine, Thread};

/// How long [`EventLoop::run`] sleeps at most if it is not told, as in the original manual.
const MAX_TIMEOUT: Duration = Duration::from_secs(30);

/// A loop of this OS thread, to be driven and watched by hand.
///
/// There are two kinds. What [`new`](Self::new) and [`Builder::build`](crate::Builder::build) give *owns* the loop;
/// what [`current`](Self::current) gives is a mere handle, also to the loop of [`coro::run`](crate::run). Both do the
/// same, until the loop ends.
///
/// # The end
/// When the owner is dropped by main, the loop ends as [`coro::run`](crate::run) does at its end: the other threads are
/// killed, and the drop waits until the last of them is gone, for at most the
/// [grace](crate::Builder::shutdown_grace). Then another loop may be made. A handle that is left finds no loop: its
/// views are empty, its other methods give [`ThreadError::is_no_loop`].
///
/// An owner that is dropped by one of the loop's own threads, or forgotten, leaves the loop where it is until the OS
/// thread ends, with its threads: they run as long as main waits, but nothing kills them, and their values are never
/// dropped; and whoever waits for them from another OS thread, by a join or a resume, waits for ever once this one has
/// ended. What was handed to one of them, such as a lock it waited for, it keeps for ever. So keep the owner with main,
/// and in a variable of a function: in a thread-local its drop comes when other thread-locals are gone already, and what
/// threads still hold of those dangles (see the repository's SOUNDNESS.md).
///
/// # Interruption
/// Nothing can catch an unwind of the main thread of an owned loop, so kill and raise at it are held back for good:
/// use [`exit`](Self::exit). A [`timeout`](crate::timeout) in main works as ever.
///
/// # Examples
/// ```
/// use coro::EventLoop;
/// use coro::thread::Routine;
/// use std::time::Duration;
///
/// let event_loop = EventLoop::new()?;
/// let sleeper = event_loop.insert_thread(Routine::from_fn(|| {
///     coro::thread::sleep(Duration::from_millis(5));
///     "awake"
/// }))?;
/// event_loop.run(None)?; // until no thread is left
/// assert_eq!(sleeper.join().expect("it returns"), "awake");
/// # Ok::<_, std::io::Error>(())
/// ```
///
/// It stays on its OS thread; an [`ExitHandle`] may leave:
/// ```compile_fail,E0277
/// let event_loop = coro::EventLoop::new().unwrap();
/// std::thread::spawn(move || event_loop.exit());
/// ```
pub struct EventLoop {
    id: LoopId,
    exit: Arc<Exit>,
    /// In the owner only.
    installed: Option<Installed>,
    _stays: StaysOnItsOsThread,
}

/// Not `Send`: the loop is found through a pointer of the OS thread.
type StaysOnItsOsThread = PhantomData<*const ()>;

impl EventLoop {
    /// Makes a loop and makes it current on this OS thread: from now on the code here is its main thread.
    ///
    /// # Errors
    /// `AlreadyExists` (with [`ThreadError::is_loop_running`] inside) if a loop runs on this OS thread;
    /// `Unsupported` ([`ThreadError::is_in_coroutine`]) inside a raw coroutine; otherwise those of making a poller: too
    /// many open files, or no memory.
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// coro::thread::sleep(std::time::Duration::from_millis(1)); // main waits and drives
    /// assert!(coro::EventLoop::new().is_err()); // one at a time
    /// drop(event_loop);
    /// assert!(coro::EventLoop::new().is_ok());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn new() -> io::Result<EventLoop> {
        EventLoop::open(Config::default())
    }

    #[track_caller]
    pub(crate) fn open(config: Config) -> io::Result<EventLoop> {
        if coroutine::current().is_some() {
            // The coroutine's chain is rooted outside the loop, and the loop may outlive the coroutine.
            return Err(ThreadError::in_coroutine().into());
        }
        let installed = by_hand::open(config, Location::caller())?;
        let installed = installed.ok_or_else(ThreadError::loop_running)?;
        let mut owner = EventLoop::current().expect("the loop was made current just now");
        owner.installed = Some(installed);
        Ok(owner)
    }

    /// A handle to the loop of this OS thread; none if there is none.
    ///
    /// # Examples
    /// ```
    /// use coro::EventLoop;
    /// assert!(EventLoop::current().is_none());
    /// coro::run(|| assert!(EventLoop::current().is_some()));
    /// ```
    #[must_use]
    pub fn current() -> Option<EventLoop> {
        current::with_loop(|lp| {
            let lp = lp?;
            let (id, exit) = (lp.id(), lp.exit().clone());
            Some(EventLoop { id, exit, installed: None, _stays: PhantomData })
        })
    }

    /// Drives the loop until [`exit`](Self::exit) is called or no thread but main is left. The manual's `event_loop`.
    ///
    /// `max_timeout` does not limit the run. It is the longest single sleep in the poller; after it the loop looks again
    /// whether it is to exit, though a request to exit ends a sleep anyway. None means 30 seconds, as in the manual. To
    /// run for so long and no longer, write `coro::timeout(limit, || event_loop.run(None))`.
    ///
    /// Without other threads it returns at once. A request to exit is used up by the run that it ends, or that finds it
    /// at its beginning; the next run goes on with the same threads.
    ///
    /// # Errors
    /// If it is not main that calls; if main unwinds; if the loop has ended.
    ///
    /// # Interruption
    /// A timeout ends the run, as do kill and raise inside [`coro::run`](crate::run). Elsewhere these are held back.
    ///
    /// # Examples
    /// ```
    /// use coro::EventLoop;
    /// let event_loop = EventLoop::new()?;
    /// let endless = coro::thread::spawn(|| for turn in 0.. {
    ///     if turn % 10 == 9 {
    ///         EventLoop::current().expect("it runs in one").exit();
    ///     }
    ///     coro::thread::yield_now();
    /// });
    /// event_loop.run(None)?;
    /// event_loop.run(std::time::Duration::from_secs(1))?; // goes on where it was
    /// assert!(!endless.is_finished());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[doc(alias = "event_loop")]
    pub fn run(&self, max_timeout: impl Into<Option<Duration>>) -> Result<(), ThreadError> {
        let longest_sleep = max_timeout.into().unwrap_or(MAX_TIMEOUT);
        self.as_main("run", |cx| by_hand::run(cx, longest_sleep))
    }

    /// Gives each thread that is ready now one turn, and returns how many there were; it never sleeps.
    ///
    /// It looks at nothing outside: not at fds or timers, nor at wake-ups from other OS threads. See
    /// [`turn`](Self::turn) for that.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Interruption
    /// As [`run`](Self::run), after the turns.
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// let twice = coro::thread::spawn(coro::thread::yield_now);
    /// assert_eq!(event_loop.run_pending()?, 1);
    /// assert!(!twice.is_finished());
    /// assert_eq!(event_loop.run_pending()?, 1);
    /// assert!(twice.is_finished());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn run_pending(&self) -> Result<usize, ThreadError> {
        self.as_main("run_pending", by_hand::run_pending)
    }

    /// Does one round: asks the poller what has happened, then gives each ready thread one turn. Returns how many.
    ///
    /// If no thread is ready it waits for the first event, for at most `timeout`; none means for as long as it takes.
    /// It may return early with 0, for example after a signal. A paused clock jumps to the next deadline if nothing is
    /// ready.
    ///
    /// This is for a main loop that is not coro's: let it watch the fd of this loop for reading, sleep for
    /// [`next_timeout`](Self::next_timeout) at most, and then call `turn(Duration::ZERO)`.
    ///
    /// # Errors
    /// Those of [`run`](Self::run), as the source; `Unsupported` in a forked child, as the poller belongs to its parent.
    ///
    /// # Interruption
    /// As [`run_pending`](Self::run_pending).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let event_loop = coro::EventLoop::new()?;
    /// let sleeper = coro::thread::spawn(|| coro::thread::sleep(Duration::from_millis(2)));
    /// assert_eq!(event_loop.turn(Duration::ZERO)?, 1); // its first turn: it goes to sleep
    /// while !sleeper.is_finished() {
    ///     event_loop.turn(event_loop.next_timeout())?;
    /// }
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn turn(&self, timeout: impl Into<Option<Duration>>) -> io::Result<usize> {
        let timeout = timeout.into();
        self.as_main("turn", |cx| by_hand::turn(cx, timeout))?
    }

    /// How long a foreign loop may sleep unless this loop's fd becomes readable: until the next timer, or until there is
    /// memory of stacks to give back; zero if a thread is ready; none means for ever.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let event_loop = coro::EventLoop::new()?;
    /// assert_eq!(event_loop.next_timeout(), None);
    /// coro::thread::spawn(|| coro::thread::sleep(Duration::from_secs(60)));
    /// assert_eq!(event_loop.next_timeout(), Some(Duration::ZERO));
    /// event_loop.run_pending()?;
    /// let left = event_loop.next_timeout().expect("it sleeps");
    /// assert!(left > Duration::ZERO && left <= Duration::from_secs(60));
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn next_timeout(&self) -> Option<Duration> {
        self.with(Loop::next_timeout).flatten()
    }

    /// Makes the [`run`](Self::run) under way return, or else the next one. The manual's variable `exit`.
    ///
    /// For other OS threads and signal handlers there is [`exit_handle`](Self::exit_handle).
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// coro::thread::spawn(coro::thread::park);
    /// event_loop.exit();
    /// event_loop.run(None)?; // returns at once
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn exit(&self) {
        self.with(Loop::request_exit);
    }

    /// What other OS threads and signal handlers end a run with.
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// let parked = coro::thread::spawn(coro::thread::park);
    /// let handle = event_loop.exit_handle();
    /// std::thread::spawn(move || handle.exit());
    /// event_loop.run(None)?;
    /// assert!(!parked.is_finished());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn exit_handle(&self) -> ExitHandle {
        ExitHandle { exit: self.exit.clone() }
    }

    /// Schedules a routine as a new thread of this loop; dropping the handle detaches it.
    ///
    /// # Errors
    /// If the loop has ended, or no stack can be had. The routine is dropped then.
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn square(n: u32) -> u32 {
    ///     n * n
    /// }
    ///
    /// let event_loop = coro::EventLoop::new()?;
    /// let handle = event_loop.insert_thread(square(7))?;
    /// event_loop.run(None)?;
    /// assert_eq!(handle.join().expect("it returns"), 49);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn insert_thread<R: 'static>(
        &self,
        routine: Routine<'static, R>,
    ) -> Result<JoinHandle<R>, ThreadError> {
        self.with(|_| ()).ok_or_else(ThreadError::no_loop)?;
        routine.try_spawn().map_err(ThreadError::no_stack)
    }

    /// Hands `value` to a thread that is resumed, and does not wait for what it gives out:
    /// [`ResumeHandle::schedule`] under the original manual's name. The thread may belong to any loop.
    ///
    /// # Errors
    /// The value inside an error, if the thread has ended, or has not taken the value that was scheduled before.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::ResumeRoutine;
    ///
    /// let event_loop = coro::EventLoop::new()?;
    /// let routine = ResumeRoutine::from_fn(|cx: &coro::Yielder<u32, ()>, first| first + cx.suspend(()));
    /// let mut adder = routine.spawn();
    /// for value in [30, 12] {
    ///     event_loop.schedule(&mut adder, value).expect("there is room");
    ///     event_loop.run_pending()?;
    /// }
    /// assert_eq!(adder.join().expect("it returns"), 42);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn schedule<In, Out, R>(
        &self,
        thread: &mut ResumeHandle<In, Out, R>,
        value: In,
    ) -> Result<(), ResumeError<In>> {
        thread.schedule(value)
    }

    /// The live threads, in the order of their spawns. Main is not among them.
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// let parked = coro::thread::spawn(coro::thread::park);
    /// event_loop.run_pending()?;
    /// let ids: Vec<_> = event_loop.thread_list().iter().map(|thread| thread.id()).collect();
    /// assert_eq!(ids, [parked.thread().id()]);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn thread_list(&self) -> Vec<Thread> {
        self.threads(Loop::live_threads)
    }

    /// The running thread; none in main. [`coro::thread::current`](crate::thread::current) gives main's handle too.
    ///
    /// # Examples
    /// ```
    /// use coro::EventLoop;
    /// let event_loop = EventLoop::new()?;
    /// assert!(event_loop.current_thread().is_none());
    /// let child = coro::thread::spawn(|| EventLoop::current().unwrap().current_thread().unwrap().id());
    /// let id = child.thread().id();
    /// assert_eq!(child.join().expect("it returns"), id);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn current_thread(&self) -> Option<Thread> {
        current::with(|cx| {
            let Cx { lp, rec } = cx.filter(|cx| cx.lp.id() == self.id && !cx.rec.is_main())?;
            Some(Thread::coro(lp.id(), lp.key_of(rec), rec.name.clone()))
        })
    }

    /// Who waits to read, by file descriptor. As all views it is a copy; main is in it if it waits.
    ///
    /// # Examples
    /// ```
    /// use coro::net::TcpListener;
    /// use std::os::fd::AsRawFd;
    /// let event_loop = coro::EventLoop::new()?;
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let fd = listener.as_raw_fd();
    /// let server = coro::thread::spawn(move || drop(listener.accept()));
    /// event_loop.run_pending()?;
    /// assert_eq!(event_loop.read_set()[&fd][0].id(), server.thread().id());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn read_set(&self) -> BTreeMap<RawFd, Vec<Thread>> {
        self.fd_set(Direction::Read)
    }

    /// Who waits to write, by file descriptor; see [`read_set`](Self::read_set).
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// assert!(event_loop.write_set().is_empty());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn write_set(&self) -> BTreeMap<RawFd, Vec<Thread>> {
        self.fd_set(Direction::Write)
    }

    /// The deadlines that are waited for, the earliest first, and the thread that each will wake or interrupt.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let event_loop = coro::EventLoop::new()?;
    /// let late = coro::thread::spawn(|| coro::thread::sleep(Duration::from_secs(60)));
    /// let soon = coro::thread::spawn(|| coro::thread::sleep(Duration::from_secs(30)));
    /// event_loop.run_pending()?;
    /// let ids: Vec<_> = event_loop.the_event_list().iter().map(|(_, thread)| thread.id()).collect();
    /// assert_eq!(ids, [soon.thread().id(), late.thread().id()]);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn the_event_list(&self) -> Vec<(Instant, Thread)> {
        let deadlines = self.with(Loop::deadlines).unwrap_or_default();
        deadlines.into_iter().map(|(deadline, who)| (deadline, self.thread(who))).collect()
    }

    /// The threads that are ready to run, in the order in which they became so. Main is not among them.
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// let new = coro::thread::spawn(|| ());
    /// assert_eq!(event_loop.pending()[0].id(), new.thread().id());
    /// event_loop.run_pending()?;
    /// assert!(event_loop.pending().is_empty());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn pending(&self) -> Vec<Thread> {
        self.threads(Loop::ready_threads)
    }

    fn fd_set(&self, direction: Direction) -> BTreeMap<RawFd, Vec<Thread>> {
        let mut set: BTreeMap<RawFd, Vec<Thread>> = BTreeMap::new();
        for (fd, who) in self.with(|lp| lp.fd_waits(direction)).unwrap_or_default() {
            set.entry(fd).or_default().push(self.thread(who));
        }
        set
    }

    fn threads(&self, view: impl FnOnce(&Loop) -> Vec<Who>) -> Vec<Thread> {
        let all = self.with(view).unwrap_or_default();
        all.into_iter().map(|who| self.thread(who)).collect()
    }

    fn thread(&self, (key, name): Who) -> Thread {
        Thread::coro(self.id, key, name)
    }

    /// Calls `f` with the loop, unless it has ended.
    fn with<R>(&self, f: impl FnOnce(&Loop) -> R) -> Option<R> {
        current::with_loop(|lp| lp.filter(|lp| lp.id() == self.id).map(f))
    }

    /// Calls `f`, which drives the loop, if that is possible here and now.
    fn as_main<R>(
        &self,
        what: &'static str,
        f: impl FnOnce(Cx<'_>) -> R,
    ) -> Result<R, ThreadError> {
        current::with(|cx| {
            let cx = cx.filter(|cx| cx.lp.id() == self.id).ok_or_else(ThreadError::no_loop)?;
            if !cx.rec.is_main() {
                return Err(ThreadError::not_main(what, cx.rec.to_string()));
            }
            if unwind::panicking() {
                return Err(ThreadError::unwinding());
            }
            Ok(f(cx))
        })
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        if let Some(installed) = self.installed.take() {
            by_hand::close(installed);
        }
    }
}

/// The poller's fd: readable when a [`turn`](EventLoop::turn) would find something that has happened outside.
///
/// Only watch it, with `poll`, `epoll` or `select`. It does not tell of timers: see
/// [`next_timeout`](EventLoop::next_timeout). It stays open as long as the loop or an [`EventLoop`] or [`ExitHandle`]
/// of it is left.
impl AsFd for EventLoop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.exit.poller_fd()
    }
}

impl AsRawFd for EventLoop {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("fd", &self.as_raw_fd())
            .field("is_owner", &self.installed.is_some())
            .finish_non_exhaustive()
    }
}

/// Ends a [run](EventLoop::run) of a loop from any OS thread, or from a signal handler.
///
/// It may outlive its loop, and does nothing then; it keeps the poller's file descriptors open.
///
/// # Examples
/// ```
/// let event_loop = coro::EventLoop::new()?;
/// let handle = event_loop.exit_handle();
/// coro::thread::spawn(coro::thread::park);
/// std::thread::scope(|scope| {
///     scope.spawn(|| handle.exit());
///     event_loop.run(None)
/// })?;
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct ExitHandle {
    exit: Arc<Exit>,
}

impl ExitHandle {
    /// Makes the run under way return, or else the next one.
    ///
    /// It is an atomic store and one `write` to a file descriptor: it takes no lock and no memory, and never waits. So
    /// it may be called in a signal handler; make the handle before, and do not drop it there.
    ///
    /// # Examples
    /// ```
    /// let event_loop = coro::EventLoop::new()?;
    /// coro::thread::spawn(coro::thread::park);
    /// event_loop.exit_handle().exit();
    /// event_loop.run(None)?; // returns at once
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn exit(&self) {
        self.exit.request();
    }
}

impl fmt::Debug for ExitHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitHandle").finish_non_exhaustive()
    }
}
