//! The three frames that interrupts know: `timeout`, `catch`, `shield`.

use std::any::Any;
use std::time::Duration;

use crate::error::TimeoutError;
use crate::payload::{Unwind, UnwindKind};
use crate::sched::current::{self, Cx};
use crate::sched::remote::LoopId;
use crate::sched::timers::Target;
use crate::sched::unwind;
use crate::sched::wait;

/// Runs `f` and gives it at most `limit`: when the time is up, the thread unwinds from where it waits to here.
///
/// It covers everything that `f` does, over any number of waits and calls. If `f` returns, its value counts, even if
/// the time is up. Destructors between the wait and this call run. Limits nest; the outermost that has passed wins. A
/// limit beyond the clock's range, such as [`Duration::MAX`], means none.
///
/// That the time is up is noticed when the loop looks at its clock: before it would sleep, and every 64 turns. So while
/// other threads are ready, code that waits shortly or not at all may come through after its time. A limit of zero lets
/// through what need not park, and ends the first wait during which the loop looks.
///
/// # Errors
/// [`TimeoutError`] if the time was up at a suspension point inside `f`. A loop that never waits or yields is not
/// interrupted. Nor is a wait in a destructor of a thread that unwinds: no second unwind may start there.
///
/// # Panics
/// Outside any loop, where nothing could interrupt `f`.
///
/// # Interruption
/// Kill and raise pass through.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::run(|| {
///     let patient = coro::timeout(Duration::from_secs(60), || 7);
///     assert_eq!(patient, Ok(7));
///     let hasty = coro::timeout(Duration::from_millis(1), coro::thread::park);
///     assert!(hasty.is_err());
/// });
/// ```
#[doc(alias = "wait_for")]
#[track_caller]
pub fn timeout<T>(limit: Duration, f: impl FnOnce() -> T) -> Result<T, TimeoutError> {
    let frame = push_frame(limit);
    let outcome = unwind::catch(f);
    pop_frame();
    match outcome {
        Ok(value) => Ok(value),
        Err(payload) => match payload.downcast_ref().map(Unwind::kind) {
            Some(UnwindKind::Timeout(number)) if *number == frame => Err(TimeoutError),
            _ => unwind::resume(payload),
        },
    }
}

#[track_caller]
fn push_frame(limit: Duration) -> u64 {
    let deadline = wait::deadline_after(limit);
    with_thread(|Cx { lp, rec }| {
        let frame = lp.next_ticket();
        let target = Target::Frame { thread: lp.key_of(rec), frame };
        let timer = deadline.map(|deadline| lp.insert_timer(deadline, target));
        rec.interrupts.push_frame(frame, deadline, timer);
        frame
    })
}

fn pop_frame() {
    // If the loop has ended meanwhile (its `EventLoop` was dropped inside the call), the frame went with it.
    current::with(|cx| {
        if let Some(Cx { lp, rec }) = cx
            && let Some(timer) = rec.interrupts.pop_frame()
        {
            lp.remove_timer(timer);
        }
    });
}

/// Runs `f` and catches an `E` that is [raised](crate::thread::Thread::raise) at the thread meanwhile.
///
/// Only raises of exactly that type are caught: panics, kills, timeouts and other raises pass through.
///
/// # Errors
/// What was raised.
///
/// # Interruption
/// Kill, timeouts that began outside, and raises of other types pass through.
///
/// # Examples
/// ```
/// #[derive(Debug, PartialEq)]
/// struct Reload;
///
/// coro::run(|| {
///     let server = coro::thread::spawn(|| coro::catch::<Reload, _>(coro::thread::park));
///     coro::thread::yield_now();
///     server.raise(Reload);
///     assert_eq!(server.join().expect("it caught the raise"), Err(Reload));
/// });
/// ```
pub fn catch<E: Any + Send, T>(f: impl FnOnce() -> T) -> Result<T, E> {
    let payload = match unwind::catch(f) {
        Ok(value) => return Ok(value),
        Err(payload) => payload,
    };
    match payload.downcast::<Unwind>() {
        Ok(ours) => match ours.into_kind() {
            UnwindKind::Raise(number, exception) => match exception.downcast::<E>() {
                Ok(exception) => Err(*exception),
                Err(other) => unwind::start(UnwindKind::Raise(number, other)),
            },
            UnwindKind::CoroutineRaise(number, exception) => match exception.downcast::<E>() {
                Ok(exception) => Err(*exception),
                Err(other) => unwind::start(UnwindKind::CoroutineRaise(number, other)),
            },
            other => unwind::start(other),
        },
        Err(panic) => unwind::resume(panic),
    }
}

/// Runs `f` and holds interrupts back until it has returned: kill, raise, and timeouts that began outside.
///
/// They are delivered at the first suspension point after it. A [`timeout`] inside `f` works as ever. Shields nest.
/// Outside any loop there is nothing to hold back, and `f` just runs.
///
/// # Interruption
/// This call itself is no suspension point: what was held back arrives at the first one after it.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::run(|| {
///     let saver = coro::thread::spawn(|| {
///         coro::shield(|| coro::thread::sleep(Duration::from_millis(5)));
///         println!("saved");
///         coro::thread::park();
///     });
///     coro::thread::yield_now();
///     saver.kill();
///     assert!(saver.join().unwrap_err().is_killed());
/// });
/// ```
pub fn shield<T>(f: impl FnOnce() -> T) -> T {
    let _guard = Shield::enter();
    f()
}

/// A shield that ends when it is dropped.
pub(crate) struct Shield {
    /// The loop whose thread entered it: another may be current by the time it ends, or none.
    id: Option<LoopId>,
}

impl Shield {
    pub(crate) fn enter() -> Shield {
        let id = current::with(|cx| {
            cx.map(|Cx { lp, rec }| {
                rec.interrupts.enter_shield();
                lp.id()
            })
        });
        Shield { id }
    }
}

impl Drop for Shield {
    fn drop(&mut self) {
        current::with(|cx| {
            if let Some(Cx { lp, rec }) = cx
                && self.id == Some(lp.id())
            {
                rec.interrupts.leave_shield();
            }
        });
    }
}

#[track_caller]
fn with_thread<R>(f: impl FnOnce(Cx<'_>) -> R) -> R {
    // Not in the closure, which has no caller to point at.
    match current::with(|cx| cx.map(f)) {
        Some(outcome) => outcome,
        None => panic!(
            "failed to begin a timeout: no coro loop runs on this OS thread; call coro::run, or annotate main with \
             #[coro::main]"
        ),
    }
}
