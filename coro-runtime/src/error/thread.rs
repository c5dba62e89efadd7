//! Why a loop does not do what was asked.

use std::io;

/// Why a loop does not do what was asked of its [`EventLoop`](crate::EventLoop).
///
/// The counterpart of the original manual's `CoroutineThreadError`.
///
/// # Examples
/// ```
/// use coro::EventLoop;
/// coro::run(|| {
///     let driver = coro::thread::spawn(|| EventLoop::current().expect("a loop").run(None));
///     let error = driver.join().expect("it returns").unwrap_err();
///     assert!(error.is_not_main());
/// });
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ThreadError {
    kind: ThreadErrorKind,
}

#[derive(Debug, thiserror::Error)]
enum ThreadErrorKind {
    #[error(
        "{what} was called in thread {thread}, but only the main thread drives the loop; a thread waits with join, park or sleep"
    )]
    NotMain { what: &'static str, thread: String },
    #[error(
        "a coro loop runs on this OS thread already; take EventLoop::current(), or make one on another OS thread"
    )]
    LoopRunning,
    #[error(
        "an EventLoop cannot be made in a coroutine, which it might outlive; make it on the OS thread's own stack"
    )]
    InCoroutine,
    #[error("the loop of this EventLoop has ended; make another with EventLoop::new()")]
    NoLoop,
    #[error("the thread is unwinding, so it cannot drive the loop")]
    Unwinding,
    #[error("cannot start a thread: {0}")]
    NoStack(#[source] io::Error),
}

impl ThreadError {
    pub(crate) fn not_main(what: &'static str, thread: String) -> ThreadError {
        ThreadError { kind: ThreadErrorKind::NotMain { what, thread } }
    }

    pub(crate) fn loop_running() -> ThreadError {
        ThreadError { kind: ThreadErrorKind::LoopRunning }
    }

    pub(crate) fn in_coroutine() -> ThreadError {
        ThreadError { kind: ThreadErrorKind::InCoroutine }
    }

    pub(crate) fn no_loop() -> ThreadError {
        ThreadError { kind: ThreadErrorKind::NoLoop }
    }

    pub(crate) fn unwinding() -> ThreadError {
        ThreadError { kind: ThreadErrorKind::Unwinding }
    }

    pub(crate) fn no_stack(error: io::Error) -> ThreadError {
        ThreadError { kind: ThreadErrorKind::NoStack(error) }
    }

    /// Whether a thread called what only the main thread may call.
    ///
    /// # Examples
    /// ```
    /// use coro::EventLoop;
    /// coro::run(|| {
    ///     let driver = coro::thread::spawn(|| EventLoop::current().expect("a loop").run_pending());
    ///     assert!(driver.join().expect("it returns").unwrap_err().is_not_main());
    /// });
    /// ```
    #[must_use]
    pub fn is_not_main(&self) -> bool {
        matches!(self.kind, ThreadErrorKind::NotMain { .. })
    }

    /// Whether a second loop was to be made on one OS thread.
    ///
    /// # Examples
    /// ```
    /// use coro::{EventLoop, ThreadError};
    /// coro::run(|| {
    ///     let error = EventLoop::new().unwrap_err();
    ///     let error = error.get_ref().and_then(|inner| inner.downcast_ref::<ThreadError>());
    ///     assert!(error.expect("a ThreadError").is_loop_running());
    /// });
    /// ```
    #[must_use]
    pub fn is_loop_running(&self) -> bool {
        matches!(self.kind, ThreadErrorKind::LoopRunning)
    }

    /// Whether a loop was to be made inside a raw coroutine.
    ///
    /// # Examples
    /// ```
    /// use coro::coroutine::{Coroutine, CoroutineState, Yielder};
    /// use coro::{EventLoop, ThreadError};
    /// let c = Coroutine::new(|_: &Yielder<(), ()>, ()| {
    ///     let error = EventLoop::new().unwrap_err();
    ///     error.get_ref().and_then(|inner| inner.downcast_ref::<ThreadError>()).unwrap().is_in_coroutine()
    /// });
    /// assert_eq!(c.resume(()).unwrap(), CoroutineState::Complete(true));
    /// ```
    #[must_use]
    pub fn is_in_coroutine(&self) -> bool {
        matches!(self.kind, ThreadErrorKind::InCoroutine)
    }

    /// Whether the loop has ended.
    ///
    /// # Examples
    /// ```
    /// use coro::EventLoop;
    /// let ended = coro::run(EventLoop::current).expect("a loop runs there");
    /// assert!(ended.run_pending().unwrap_err().is_no_loop());
    /// ```
    #[must_use]
    pub fn is_no_loop(&self) -> bool {
        matches!(self.kind, ThreadErrorKind::NoLoop)
    }

    /// Whether the main thread unwinds, and so cannot wait for others.
    ///
    /// # Examples
    /// ```
    /// struct Flush<'a>(&'a coro::EventLoop);
    ///
    /// impl Drop for Flush<'_> {
    ///     fn drop(&mut self) {
    ///         assert!(self.0.run_pending().unwrap_err().is_unwinding());
    ///     }
    /// }
    ///
    /// let event_loop = coro::EventLoop::new()?;
    /// let outcome = coro::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
    ///     let _flush = Flush(&event_loop);
    ///     panic!("no luck");
    /// }));
    /// assert!(outcome.is_err());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_unwinding(&self) -> bool {
        matches!(self.kind, ThreadErrorKind::Unwinding)
    }

    /// Whether no stack was to be had for a new thread; the [`source`](std::error::Error::source) says why.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::Routine;
    /// let event_loop = coro::EventLoop::new()?;
    /// let error = event_loop.insert_thread(Routine::from_fn(|| ()).stack_size(1000)).unwrap_err();
    /// assert!(error.is_no_stack());
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn is_no_stack(&self) -> bool {
        matches!(self.kind, ThreadErrorKind::NoStack(_))
    }
}

impl From<ThreadError> for io::Error {
    fn from(error: ThreadError) -> io::Error {
        let kind = match &error.kind {
            ThreadErrorKind::NotMain { .. }
            | ThreadErrorKind::InCoroutine
            | ThreadErrorKind::NoLoop => io::ErrorKind::Unsupported,
            ThreadErrorKind::LoopRunning => io::ErrorKind::AlreadyExists,
            ThreadErrorKind::Unwinding => io::ErrorKind::Other,
            ThreadErrorKind::NoStack(source) => source.kind(),
        };
        io::Error::new(kind, error)
    }
}
