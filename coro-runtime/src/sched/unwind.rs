//! Unwinding: starting it, catching it, and knowing whether the running thread does it (`README.md`, section 6).

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use super::current::{self, Cx};
use super::remote::LoopId;
use super::{Loop, coroutines};
use crate::payload::{Unwind, UnwindKind};

/// The payload of a panic that a test means to happen: nothing is printed about its thread.
#[derive(Clone, Copy, Debug)]
pub struct Planned;

/// What a thread, or a coroutine, knows of its own last unwind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The unwind's number; 0 if it is known to have ended.
    number: u64,
    /// When it was last known to go on; see `Loop::unwind_era`.
    era: u64,
}

/// Clears the mark of the unwind with this number when it is dropped by the thread that has it.
///
/// It travels in the payload. Whoever catches that with std's `catch_unwind` and drops it tells us so.
struct Landing {
    /// None outside any loop.
    id: Option<LoopId>,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        if current::with_loop(|lp| lp.map(Loop::id)) != self.id {
            return;
        }
        if coroutines::mark().number == self.number {
            coroutines::set_mark(Mark::default());
        }
    }
}

/// Starts an unwind of ours in the running thread. It prints nothing: no panic hook runs.
pub(crate) fn start(kind: UnwindKind) -> ! {
    let id = current::with_loop(|lp| lp.map(|lp| lp.id()));
    let landing = Landing { id, number: mark() };
    panic::resume_unwind(Box::new(Unwind::new(kind).with_landing(Box::new(landing))))
}

/// Goes on with an unwind that `catch` has caught, or std's `catch_unwind`.
pub(crate) fn resume(payload: Box<dyn Any + Send>) -> ! {
    match payload.downcast::<Unwind>() {
        // What has not landed does so first: the unwind goes on under a new number.
        Ok(unwind) => start(unwind.into_kind()),
        Err(panic) => {
            mark();
            panic::resume_unwind(panic)
        }
    }
}

/// Runs `f` and catches whatever unwinds out of it; what an interrupt threw is an [`Unwind`].
pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    // The mark goes back to what it was: a catch within a destructor does not end the outer unwind.
    let outer = if std::thread::panicking() { own_mark() } else { None };
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(|payload| landed(payload, outer))
}

/// What is to be done when an unwind was caught, given the mark of the unwind around it.
#[cold]
fn landed(mut payload: Box<dyn Any + Send>, outer: Option<Mark>) -> Box<dyn Any + Send> {
    if let Some(unwind) = payload.downcast_mut::<Unwind>() {
        unwind.land();
    }
    // The outer unwind goes on, under its number: its payload may still land.
    let mark = outer.map_or(Mark::default(), renewed);
    coroutines::set_mark(mark);
    payload
}

/// The mark of an unwind that goes on in the present era.
pub(super) fn renewed(mark: Mark) -> Mark {
    let number = if mark.number == 0 { next_number() } else { mark.number };
    Mark { number, era: era() }
}

/// A number for an unwind. Outside any loop they are numbered too: landings compare them.
fn next_number() -> u64 {
    current::with_loop(|lp| lp.map(Loop::next_ticket)).unwrap_or_else(coroutines::next_number)
}

/// The present era; outside any loop, there is but one.
fn era() -> u64 {
    current::with_loop(|lp| lp.map_or(0, Loop::unwind_era))
}

/// Notes that the running thread or coroutine unwinds, from now on or again; returns the unwind's number.
fn mark() -> u64 {
    let mark = renewed(Mark::default());
    coroutines::set_mark(mark);
    mark.number
}

/// The mark of whoever runs, the thread on its own stack or a coroutine, if that one itself unwinds; as opposed to a
/// coroutine that was resumed in somebody else's destructor.
#[cold]
pub(super) fn own_mark() -> Option<Mark> {
    let (mark, in_coroutine) = (coroutines::mark(), coroutines::in_coroutine());
    // While nobody is parked mid-unwind, the thread's own stack can rely on std's answer.
    let unwinds = if in_coroutine { is_live(mark) } else { panicking() };
    unwinds.then_some(mark)
}

/// Whether the unwind with this mark goes on, given that its OS thread has one under way.
fn is_live(mark: Mark) -> bool {
    let anybody = current::with_loop(|lp| lp.is_none_or(|lp| lp.parked_unwinding() == 0));
    mark.number != 0 && (anybody || mark.era == era())
}

/// Counts the running thread among those that are parked mid-unwind.
pub(crate) fn begin_parked(cx: Cx<'_>) {
    let own = own_mark();
    cx.lp.begin_parked_unwind();
    // It does unwind, also in an era that has just begun.
    if let Some(mark) = own {
        coroutines::set_mark(renewed(mark));
    }
}

/// Ends what `begin_parked` began.
pub(crate) fn end_parked(cx: Cx<'_>) {
    cx.lp.end_parked_unwind();
}

/// Whether a payload was made by an interrupt, as opposed to a panic.
pub(crate) fn is_ours(payload: &(dyn Any + Send)) -> bool {
    payload.is::<Unwind>()
}

/// Drops a value that belongs to nobody; a panic of its destructor ends here.
pub(crate) fn drop_quietly<T>(value: T) {
    quietly(|| drop(value));
}

/// Calls user code that has nobody to panic at.
pub(crate) fn quietly(f: impl FnOnce()) {
    if let Err(payload) = catch(f) {
        // The payload's own destructor might panic in turn.
        std::mem::forget(payload);
    }
}

/// Whether the running thread unwinds.
#[inline]
pub(crate) fn panicking() -> bool {
    std::thread::panicking() && current::with(|cx| cx.is_none_or(is_unwinding))
}

/// Whether the running thread unwinds, given that its OS thread has an unwind under way.
#[cold]
fn is_unwinding(cx: Cx<'_>) -> bool {
    cx.lp.parked_unwinding() == 0 || cx.rec.base.is_in_destructor() || is_live(coroutines::mark())
}

/// Sees to it that a panic of a coro thread names that thread.
pub(crate) fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    // std refuses to change the hook while the OS thread unwinds; the next loop will do it.
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            note_panic(info);
            previous(info);
        }));
    });
}

/// Tells on whose behalf the message that follows is printed.
fn note_panic(info: &PanicHookInfo<'_>) {
    mark();
    current::with(|cx| {
        let Some(Cx { lp, rec }) = cx else { return };
        if rec.is_main() || info.payload().is::<Planned>() {
            return;
        }
        let line = format!("\ncoro thread {rec}, spawned at {}, panicked:", rec.site);
        match lp.voice() {
            // Not `eprintln`, which panics when nobody reads standard error any more: inside a hook, that aborts.
            Voice::Plain => drop(writeln!(io::stderr(), "{line}")),
            Voice::Captured => eprintln!("{line}"),
        }
    });
}

/// How the loop speaks to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    Plain,
    /// In a test: by the macro whose output the test runner captures.
    Captured,
}
