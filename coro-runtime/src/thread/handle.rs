//! Handles: `Thread` names a thread, `JoinHandle` also owns its result.

use std::any::Any;
use std::fmt;
use std::ops::Range;

use super::end::End;
use super::packet::{Outcome, Reader};
use crate::error::JoinError;
use crate::id::ThreadId;
use crate::sched::current;
use crate::sched::record::{Name, describe};
use crate::sched::remote::{LoopId, Message};
use crate::sched::{Loop, ThreadKey, unwind, wait};

/// A handle to a thread: its name and identity, and the means to wake or interrupt it.
///
/// It may be cloned and sent anywhere; it keeps nothing alive. Shaped after [`std::thread::Thread`], with
/// [`kill`](Self::kill) and [`raise`](Self::raise) from the original manual.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let main = coro::thread::current();
///     let child = coro::thread::Builder::new().name("waker".into()).spawn(move || main.unpark())?;
///     assert_eq!(child.thread().name(), Some("waker"));
///     coro::thread::park();
///     child.join()?;
///     Ok::<_, Box<dyn std::error::Error>>(())
/// }).unwrap();
/// ```
#[derive(Clone)]
pub struct Thread(Kind);

#[derive(Clone)]
enum Kind {
    Coro {
        id: LoopId,
        key: ThreadKey,
        name: Name,
    },
    /// An OS thread outside any loop.
    Os {
        thread: std::thread::Thread,
        id: ThreadId,
    },
}

impl Thread {
    #[inline]
    pub(crate) fn coro(id: LoopId, key: ThreadKey, name: Name) -> Thread {
        Thread(Kind::Coro { id, key, name })
    }

    pub(crate) fn os(thread: std::thread::Thread) -> Thread {
        let id = ThreadId::of_os_thread(thread.id());
        Thread(Kind::Os { thread, id })
    }

    /// The thread's unique identifier.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(coro::thread::current().id(), coro::thread::current().id());
    /// ```
    #[must_use]
    pub fn id(&self) -> ThreadId {
        match &self.0 {
            Kind::Coro { key, .. } => ThreadId::of_coro_thread(key.number),
            Kind::Os { id, .. } => *id,
        }
    }

    /// The thread's name, if it was given one. Annotated functions name their threads after themselves.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| assert_eq!(coro::thread::current().name(), Some("main")));
    /// ```
    #[doc(alias = "getName")]
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Coro { name, .. } => name.get(),
            Kind::Os { thread, .. } => thread.name(),
        }
    }

    /// Makes the thread's next or present [`park`](super::park) return, as [`std::thread::Thread::unpark`] does.
    ///
    /// It may be called from any OS thread. A thread that has ended is not affected.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let parked = coro::thread::spawn(coro::thread::park);
    ///     parked.thread().unpark();
    ///     parked.join().expect("it returns");
    /// });
    /// ```
    pub fn unpark(&self) {
        match &self.0 {
            Kind::Os { thread, .. } => thread.unpark(),
            Kind::Coro { id, key, .. } => with_home(*id, |home| match home {
                Some(lp) => lp.unpark(*key),
                None => drop(id.send(Message::Unpark(*key))),
            }),
        }
    }

    /// Ends the thread: at its next suspension point, or now if it waits, it unwinds to its root.
    ///
    /// Destructors run. The kill is sticky: code that swallows the unwind with [`std::panic::catch_unwind`] is killed
    /// again at its next suspension point. A [`shield`](crate::shield) holds it back; a thread that has not started
    /// drops its closure unrun; one that has ended is not affected. No panic message is printed. It may be called
    /// from any OS thread. The original manual calls it `kill (coroutine)`.
    ///
    /// # Panics
    /// If this is an OS thread outside any loop: nothing can end that from outside.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let endless = coro::thread::spawn(|| loop { coro::thread::yield_now() });
    ///     endless.thread().kill();
    ///     assert!(endless.join().unwrap_err().is_killed());
    /// });
    /// ```
    #[doc(alias = "abort")]
    #[track_caller]
    pub fn kill(&self) {
        let (id, key) = self.expect_coro("killed");
        with_home(id, |home| match home {
            Some(lp) => lp.kill(key),
            None => drop(id.send(Message::Kill(key))),
        });
    }

    /// Raises `exception` in the thread: at its next suspension point, or now if it waits, it unwinds to the
    /// innermost [`catch`](crate::catch) for that type, or to its root.
    ///
    /// Each raise is delivered once, in order. A [`shield`](crate::shield) holds it back; a thread that has ended is
    /// not affected, and `exception` is dropped. No panic message is printed. It may be called from any OS thread.
    /// The original manual calls it `raise_exception`.
    ///
    /// # Panics
    /// If this is an OS thread outside any loop.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let child = coro::thread::spawn(|| coro::catch::<&str, _>(coro::thread::park));
    ///     coro::thread::yield_now();
    ///     child.thread().raise("wake up");
    ///     assert_eq!(child.join().expect("it caught"), Err("wake up"));
    /// });
    /// ```
    #[doc(alias = "raise_exception")]
    #[track_caller]
    pub fn raise<E: Any + Send>(&self, exception: E) {
        let (id, key) = self.expect_coro("raised at");
        let payload: Box<dyn Any + Send> = Box::new(exception);
        let refused = with_home(id, |home| match home {
            Some(lp) => lp.raise(key, payload).err(),
            None => match id.send(Message::Raise(key, payload)) {
                Err(Message::Raise(_, payload)) => Some(payload),
                _ => None,
            },
        });
        // Its destructor is user code, so it runs here, where nothing of the loop is borrowed.
        drop(refused);
    }

    /// The addresses of the guard below its stack; none for main, other loops' threads, and one that runs or has ended.
    pub(crate) fn guard(&self) -> Option<Range<usize>> {
        match &self.0 {
            Kind::Coro { id, key, .. } => with_home(*id, |home| home?.guard_of(*key)),
            Kind::Os { .. } => None,
        }
    }

    /// The most bytes of its own stack that the thread has used so far; none for the main thread, for threads of other
    /// loops, and for those that have ended.
    ///
    /// It looks at the memory, so it costs nothing until it is called, and some microseconds then. What is found is the
    /// lowest word on the stack that is not zero, or, if only zeros were written near there, the end of its page. Memory that
    /// another thread used before, on the same stack, counts as well: then it is an upper bound. Under
    /// [`clear_stacks`](crate::Builder::clear_stacks) every thread has fresh pages, and what is told is what this thread
    /// wrote. Room that it reserved in a frame and never wrote to is not seen, if it lies below all else. What the thread
    /// runs on other stacks (coroutines, [big stacks](crate::stack::on_big_stack)) does not count.
    ///
    /// The mark never falls: [`trim`](crate::stack::trim()) notes it before it lets go of the memory below a thread.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let handle = coro::thread::spawn(|| {
    ///         std::hint::black_box([1_u8; 100_000]);
    ///         coro::thread::park();
    ///     });
    ///     coro::thread::yield_now();
    ///     assert!(handle.thread().stack_high_water().unwrap() >= 100_000);
    ///     handle.kill();
    ///     assert!(handle.join().is_err());
    ///     assert_eq!(coro::thread::current().stack_high_water(), None); // main has the OS thread's stack
    /// });
    /// ```
    #[must_use]
    pub fn stack_high_water(&self) -> Option<usize> {
        let Kind::Coro { id, key, .. } = &self.0 else { return None };
        with_home(*id, |home| home?.stack_high_water(*key))
    }

    #[track_caller]
    fn expect_coro(&self, what: &str) -> (LoopId, ThreadKey) {
        match &self.0 {
            Kind::Coro { id, key, .. } => (*id, *key),
            Kind::Os { .. } => {
                panic!(
                    "{self:?} is an OS thread outside any loop and cannot be {what}; only coro threads can"
                )
            }
        }
    }

    #[inline]
    pub(super) fn is_current(&self) -> bool {
        let Kind::Coro { key, .. } = &self.0 else { return false };
        current::with(|cx| cx.is_some_and(|cx| cx.rec.number == key.number))
    }

    /// Panics if the thread is about to wait for its own end.
    #[inline]
    #[track_caller]
    pub(super) fn expect_other(&self) {
        if self.is_current() {
            self.refuse_itself();
        }
    }

    #[cold]
    #[track_caller]
    fn refuse_itself(&self) -> ! {
        panic!("thread {} cannot join itself", self.described());
    }

    /// What error messages call the thread.
    pub(crate) fn described(&self) -> String {
        struct Described<'a>(&'a Thread);
        impl fmt::Display for Described<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.0.0 {
                    Kind::Coro { name, .. } => describe(f, name, self.0.id()),
                    Kind::Os { .. } => describe(f, &Name::None, self.0.id()),
                }
            }
        }
        Described(self).to_string()
    }
}

/// Calls `f` with the loop `id` if it is this OS thread's own, else with none.
fn with_home<R>(id: LoopId, f: impl FnOnce(Option<&Loop>) -> R) -> R {
    current::with_loop(|lp| f(lp.filter(|lp| lp.id() == id)))
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// An owned permission to join on a thread, as [`std::thread::JoinHandle`].
///
/// Dropping it detaches the thread. It can be joined from a thread of the same loop, from another loop, and from an
/// OS thread outside any loop, which then blocks; for the latter two the result must be `Send`:
///
/// ```compile_fail
/// fn is_send<T: Send>() {}
/// is_send::<coro::thread::JoinHandle<std::rc::Rc<()>>>();
/// ```
///
/// # Examples
/// ```
/// coro::run(|| {
///     let handle = coro::thread::spawn(|| 6 * 7);
///     assert_eq!(handle.join().expect("it returns"), 42);
/// });
/// ```
pub struct JoinHandle<T> {
    pub(super) reader: Reader<T>,
    pub(super) thread: Thread,
}

impl<T> JoinHandle<T> {
    pub(crate) fn new(reader: Reader<T>, thread: Thread) -> JoinHandle<T> {
        JoinHandle { reader, thread }
    }

    /// Waits for the thread to end and returns its result.
    ///
    /// # Errors
    /// The thread panicked, was killed, or was raised at and did not catch it.
    ///
    /// # Panics
    /// If a thread joins itself, which would wait for ever.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the handle is gone then and the thread detached.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let handle = coro::thread::spawn(|| -> u32 { panic!("no luck") });
    ///     assert!(handle.join().unwrap_err().is_panic());
    /// });
    /// ```
    #[track_caller]
    pub fn join(mut self) -> Result<T, JoinError> {
        result_of(self.wait_for_outcome(), &self.thread)
    }

    /// The outcome; none if a resume has taken it.
    #[track_caller]
    fn wait_for_outcome(&mut self) -> Option<Outcome<T>> {
        loop {
            if self.reader.is_done() {
                return self.reader.try_take();
            }
            self.thread.expect_other();
            wait::on(&mut self.reader, None).or_raise();
        }
    }

    /// The thread's end, to be waited for.
    ///
    /// # Panics
    /// If the handle is that of the running thread.
    #[track_caller]
    pub(crate) fn end(&mut self) -> End<'_, T> {
        assert!(
            !self.thread.is_current(),
            "thread {} cannot wait for its own end",
            self.thread.described()
        );
        End::new(&mut self.reader)
    }

    /// A look at the outcome, if it is there.
    pub(super) fn peek(&mut self) -> Option<&Outcome<T>> {
        self.reader.peek()
    }

    /// The outcome, if it is there; used by scopes to find panics that nobody joined, and by resumes.
    pub(crate) fn try_take(&mut self) -> Option<Outcome<T>> {
        self.reader.try_take()
    }

    /// The handle to the thread itself.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let handle = coro::thread::spawn(|| ());
    ///     assert_ne!(handle.thread().id(), coro::thread::current().id());
    /// });
    /// ```
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Whether the thread's function has returned, so that [`join`](Self::join) does not wait.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let handle = coro::thread::spawn(|| ());
    ///     assert!(!handle.is_finished());
    ///     coro::thread::yield_now();
    ///     assert!(handle.is_finished());
    /// });
    /// ```
    #[doc(alias("isAlive", "is_alive"))]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.reader.is_done()
    }

    /// Kills the thread; short for [`thread().kill()`](Thread::kill).
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let unlucky = coro::thread::spawn(|| unreachable!("it is killed before it runs"));
    ///     unlucky.kill();
    ///     assert!(unlucky.join().unwrap_err().is_killed());
    /// });
    /// ```
    #[doc(alias = "abort")]
    pub fn kill(&self) {
        self.thread.kill();
    }

    /// Raises `exception` in the thread; short for [`thread().raise(exception)`](Thread::raise).
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let parked = coro::thread::spawn(coro::thread::park);
    ///     parked.raise("enough");
    ///     assert_eq!(parked.join().unwrap_err().downcast_ref(), Some(&"enough"));
    /// });
    /// ```
    #[doc(alias = "raise_exception")]
    pub fn raise<E: Any + Send>(&self, exception: E) {
        self.thread.raise(exception);
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("thread", &self.thread).finish_non_exhaustive()
    }
}

/// What a join of `thread` gives; no outcome means that a resume has taken it.
pub(super) fn result_of<T>(outcome: Option<Outcome<T>>, thread: &Thread) -> Result<T, JoinError> {
    match outcome {
        Some(Ok(value)) => Ok(value),
        Some(Err(payload)) => Err(JoinError::from_unwind(payload, thread.described())),
        None => Err(JoinError::taken(thread.described())),
    }
}

/// Whether an outcome is a panic, as opposed to a result or an interrupt.
pub(crate) fn is_panic<T>(outcome: &Outcome<T>) -> bool {
    matches!(outcome, Err(payload) if !unwind::is_ours(&**payload))
}
