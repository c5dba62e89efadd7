//! Unwinding: starting it, catching it, and knowing whether the running thread does it (`README.md`, section 6).

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use super::current::{self, Cx};
use super::remote::LoopId;
use crate::payload::Unwind;

/// The payload of a panic that a test means to happen: nothing is printed about its thread.
#[derive(Clone, Copy, Debug)]
pub struct Planned;

/// What a thread knows of its own last unwind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The unwind's number; 0 if it is known to have ended.
    number: u64,
    /// When it was last known to go on; see `Loop::unwind_era`.
    era: u64,
}

/// What an interrupt's unwind throws. Whoever catches it with std's `catch_unwind` and drops it tells us so.
struct Flight {
    unwind: Unwind,
    _landing: Landing,
}

/// Clears the mark of the unwind with this number when it is dropped by the thread that has it.
struct Landing {
    /// None outside any loop.
    id: Option<LoopId>,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        current::with(|cx| {
            if let Some(Cx { lp, rec }) = cx
                && Some(lp.id()) == self.id
                && rec.unwinding.get().number == self.number
            {
                rec.unwinding.set(Mark::default());
            }
        });
    }
}

/// Starts an unwind of ours in the running thread. It prints nothing: no panic hook runs.
pub(crate) fn start(unwind: Unwind) -> ! {
    let id = current::with_loop(|lp| lp.map(|lp| lp.id()));
    let _landing = Landing { id, number: mark() };
    panic::resume_unwind(Box::new(Flight { unwind, _landing }))
}

/// Goes on with an unwind that `catch` has caught.
pub(crate) fn resume(payload: Box<dyn Any + Send>) -> ! {
    match payload.downcast::<Unwind>() {
        Ok(unwind) => start(*unwind),
        Err(panic) => {
            mark();
            panic::resume_unwind(panic)
        }
    }
}

/// Runs `f` and catches whatever unwinds out of it; what an interrupt threw comes as an [`Unwind`].
pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    // The mark goes back to what it was: a catch within a destructor does not end the outer unwind.
    let outer = panicking().then(|| current::with(|cx| cx.map(|cx| cx.rec.unwinding.get())));
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(|payload| landed(payload, outer.flatten()))
}

/// What is to be done when an unwind was caught, given the mark of the unwind around it.
#[cold]
fn landed(payload: Box<dyn Any + Send>, outer: Option<Mark>) -> Box<dyn Any + Send> {
    let payload = match payload.downcast::<Flight>() {
        Ok(flight) => Box::new(flight.unwind),
        Err(panic) => panic,
    };
    current::with(|cx| {
        let Some(Cx { lp, rec }) = cx else { return };
        rec.unwinding.set(match outer {
            None => Mark::default(),
            // The outer unwind goes on, under its number: its payload may still land.
            Some(Mark { number, .. }) if number != 0 => Mark { number, era: lp.unwind_era() },
            Some(_) => Mark { number: lp.next_ticket(), era: lp.unwind_era() },
        });
    });
    payload
}

/// Notes that the running thread unwinds, from now on or again; returns the unwind's number.
fn mark() -> u64 {
    current::with(|cx| {
        cx.map_or(0, |Cx { lp, rec }| {
            let number = lp.next_ticket();
            rec.unwinding.set(Mark { number, era: lp.unwind_era() });
            number
        })
    })
}

/// Counts the running thread among those that are parked mid-unwind.
pub(crate) fn begin_parked(cx: Cx<'_>) {
    cx.lp.begin_parked_unwind();
    // It does unwind, also in an era that has just begun.
    let Mark { number, .. } = cx.rec.unwinding.get();
    let number = if number == 0 { cx.lp.next_ticket() } else { number };
    cx.rec.unwinding.set(Mark { number, era: cx.lp.unwind_era() });
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
    if let Err(payload) = catch(|| drop(value)) {
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
    let Mark { number, era } = cx.rec.unwinding.get();
    cx.lp.parked_unwinding() == 0 || (number != 0 && era == cx.lp.unwind_era())
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
    current::with(|cx| {
        let Some(Cx { lp, rec }) = cx else { return };
        mark();
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
