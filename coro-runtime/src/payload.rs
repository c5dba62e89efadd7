//! What unwinds carry: ours, and those of panics.

#![expect(
    unsafe_code,
    reason = "a payload is shared between OS threads only by reference to Sync types"
)]

use std::any::Any;
use std::fmt;

/// What `catch_unwind` catches when an interrupt unwinds: the original manual's exception `Unwind`.
///
/// Both std's [`catch_unwind`](std::panic::catch_unwind) and [coro's](crate::panic::catch_unwind) give it as the payload,
/// where `downcast_ref` finds it. Only an interrupt makes one. [`resume_unwind`](crate::panic::resume_unwind) lets it go
/// on to whoever it is addressed to; dropping it swallows the interrupt, of which a kill and a timeout come again at the
/// next suspension point.
///
/// # Examples
/// ```
/// use coro::panic::{Unwind, catch_unwind, resume_unwind};
/// coro::run(|| {
///     let worker = coro::thread::spawn(|| {
///         let payload = catch_unwind(coro::thread::park).unwrap_err();
///         match payload.downcast_ref::<Unwind>() {
///             Some(unwind) if unwind.is_kill() => resume_unwind(payload),
///             _ => println!("a panic, which this thread survives"),
///         }
///     });
///     coro::thread::yield_now();
///     worker.kill();
///     assert!(worker.join().unwrap_err().is_killed());
/// });
/// ```
pub struct Unwind {
    kind: UnwindKind,
    /// Tells the scheduler, when it is dropped, that the unwind has ended; none once the scheduler knows.
    landing: Option<Box<dyn Any + Send>>,
}

/// Which interrupt it was, and whom it is addressed to.
pub(crate) enum UnwindKind {
    /// Goes to the root of the thread with this number.
    Kill(u64),
    /// Goes to the `timeout` call with this frame number.
    Timeout(u64),
    /// Goes to the matching `catch`, else to the root of the thread with this number.
    Raise(u64, Box<dyn Any + Send>),
    /// Goes to the root of the coroutine with this number.
    CoroutineKill(u64),
    /// Goes to the matching `catch`, else to the root of the coroutine with this number.
    CoroutineRaise(u64, Box<dyn Any + Send>),
}

impl Unwind {
    /// Whether the thread, or the coroutine in which it arrived, is being killed.
    ///
    /// # Examples
    /// ```
    /// use coro::panic::{Unwind, catch_unwind};
    /// coro::run(|| {
    ///     let thread = coro::thread::spawn(|| {
    ///         let payload = catch_unwind(coro::thread::park).unwrap_err();
    ///         assert!(payload.downcast_ref::<Unwind>().unwrap().is_kill());
    ///         coro::thread::yield_now(); // here it comes again
    ///     });
    ///     coro::thread::yield_now();
    ///     thread.kill();
    ///     assert!(thread.join().unwrap_err().is_killed());
    /// });
    /// ```
    #[must_use]
    pub fn is_kill(&self) -> bool {
        matches!(self.kind, UnwindKind::Kill(_) | UnwindKind::CoroutineKill(_))
    }

    /// Whether the time of a [`timeout`](crate::timeout) call around it is up.
    ///
    /// # Examples
    /// ```
    /// use coro::panic::{Unwind, catch_unwind, resume_unwind};
    /// use std::time::Duration;
    /// coro::run(|| {
    ///     let late = coro::timeout(Duration::from_millis(1), || {
    ///         let payload = catch_unwind(coro::thread::park).unwrap_err();
    ///         assert!(payload.downcast_ref::<Unwind>().unwrap().is_timeout());
    ///         resume_unwind(payload)
    ///     });
    ///     assert!(late.is_err());
    /// });
    /// ```
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, UnwindKind::Timeout(_))
    }

    /// Whether something was [raised](crate::thread::Thread::raise) at the thread.
    ///
    /// # Examples
    /// ```
    /// use coro::panic::{Unwind, catch_unwind};
    /// coro::run(|| {
    ///     coro::thread::current().raise("reload");
    ///     let payload = catch_unwind(coro::thread::park).unwrap_err();
    ///     assert!(payload.downcast_ref::<Unwind>().unwrap().is_raise());
    /// });
    /// ```
    #[must_use]
    pub fn is_raise(&self) -> bool {
        matches!(self.kind, UnwindKind::Raise(..) | UnwindKind::CoroutineRaise(..))
    }

    /// What was raised, if it is an `E`.
    ///
    /// # Examples
    /// ```
    /// use coro::panic::{Unwind, catch_unwind};
    /// coro::run(|| {
    ///     coro::thread::current().raise(404_u16);
    ///     let payload = catch_unwind(coro::thread::park).unwrap_err();
    ///     let unwind = payload.downcast_ref::<Unwind>().unwrap();
    ///     assert_eq!(unwind.downcast_ref::<u16>(), Some(&404));
    ///     assert_eq!(unwind.downcast_ref::<&str>(), None);
    /// });
    /// ```
    #[must_use]
    pub fn downcast_ref<E: Any>(&self) -> Option<&E> {
        match &self.kind {
            UnwindKind::Raise(_, exception) | UnwindKind::CoroutineRaise(_, exception) => {
                exception.downcast_ref()
            }
            UnwindKind::Kill(_) | UnwindKind::CoroutineKill(_) | UnwindKind::Timeout(_) => None,
        }
    }

    /// Takes out what was raised.
    ///
    /// # Errors
    /// Gives the unwind back if no `E` was raised.
    ///
    /// # Examples
    /// ```
    /// use coro::panic::{Unwind, catch_unwind};
    /// coro::run(|| {
    ///     coro::thread::current().raise(vec![1, 2]);
    ///     let payload = catch_unwind(coro::thread::park).unwrap_err();
    ///     let unwind = payload.downcast::<Unwind>().unwrap();
    ///     let unwind = unwind.downcast::<String>().unwrap_err();
    ///     assert_eq!(*unwind.downcast::<Vec<i32>>().unwrap(), [1, 2]);
    /// });
    /// ```
    pub fn downcast<E: Any>(self) -> Result<Box<E>, Unwind> {
        let Unwind { kind, landing } = self;
        match kind {
            UnwindKind::Raise(number, exception) => exception.downcast().map_err(|exception| {
                Unwind { kind: UnwindKind::Raise(number, exception), landing }
            }),
            UnwindKind::CoroutineRaise(number, exception) => {
                exception.downcast().map_err(|exception| Unwind {
                    kind: UnwindKind::CoroutineRaise(number, exception),
                    landing,
                })
            }
            kind => Err(Unwind { kind, landing }),
        }
    }

    pub(crate) fn new(kind: UnwindKind) -> Unwind {
        Unwind { kind, landing: None }
    }

    pub(crate) fn with_landing(self, landing: Box<dyn Any + Send>) -> Unwind {
        Unwind { landing: Some(landing), ..self }
    }

    /// Drops the landing.
    pub(crate) fn land(&mut self) {
        self.landing = None;
    }

    pub(crate) fn kind(&self) -> &UnwindKind {
        &self.kind
    }

    /// Lands, and says what it was.
    pub(crate) fn into_kind(self) -> UnwindKind {
        self.kind
    }
}

impl fmt::Debug for Unwind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unwind").field(&format_args!("{self}")).finish()
    }
}

impl fmt::Display for Unwind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            UnwindKind::Kill(_) => "the thread is being killed",
            UnwindKind::CoroutineKill(_) => "the coroutine is being killed",
            UnwindKind::Timeout(_) => "the time limit has passed",
            UnwindKind::Raise(..) => "something was raised at the thread",
            UnwindKind::CoroutineRaise(..) => "something was raised at the coroutine",
        })
    }
}

/// A boxed payload that may be stored in an error which is `Sync`.
pub(crate) struct Payload(Box<dyn Any + Send>);

// SAFETY: the only access through a shared reference is `downcast_ref`, which hands out `&T` for `T: Sync` alone;
// `is` reads no more than the type's identity. Everything else takes the payload by value, and it is `Send`.
unsafe impl Sync for Payload {}

impl Payload {
    pub(crate) fn new(inner: Box<dyn Any + Send>) -> Payload {
        Payload(inner)
    }

    pub(crate) fn is<T: Any>(&self) -> bool {
        (*self.0).is::<T>()
    }

    pub(crate) fn downcast_ref<T: Any + Sync>(&self) -> Option<&T> {
        (*self.0).downcast_ref::<T>()
    }

    pub(crate) fn into_inner(self) -> Box<dyn Any + Send> {
        self.0
    }

    /// The text of a payload made by `panic!`.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Some(text) = self.downcast_ref::<&'static str>() {
            return Some(text);
        }
        self.downcast_ref::<String>().map(String::as_str)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "{text:?}"),
            None => f.write_str("Any { .. }"),
        }
    }
}
