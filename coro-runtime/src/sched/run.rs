//! A loop from its beginning to its end, in the frame of the call that wants it.

use std::any::Any;
use std::panic::Location;

use super::{Config, Loop, current, locals, unwind};
use crate::payload::{Unwind, UnwindKind};

/// Makes a loop, runs `f` as its main thread, ends the other threads, and says what `f` returned.
///
/// # Panics
/// If a loop runs on this OS thread already, if none can be made, if `f` panics, or if an interrupt ends it.
#[track_caller]
pub(crate) fn run<R>(config: Config, f: impl FnOnce() -> R) -> R {
    let lp = match Loop::new(config, Location::caller()) {
        Ok(lp) => lp,
        Err(error) => panic!("cannot make a loop: {error}"),
    };
    match run_as_main(&lp, f) {
        Ok(value) => value,
        Err(payload) => {
            drop(lp);
            go_on(payload)
        }
    }
}

#[track_caller]
fn run_as_main<R>(lp: &Loop, f: impl FnOnce() -> R) -> std::thread::Result<R> {
    let Some(entered) = current::enter(lp) else {
        panic!(
            "a coro loop runs on this OS thread already; call run from another OS thread, or spawn a thread in the loop"
        );
    };
    lp.begin();
    let outcome = unwind::catch(f);
    // Before the others are killed, for destructors may still need them.
    locals::end_of_thread();
    lp.end();
    lp.current.set(None);
    drop(entered);
    outcome
}

/// Goes on with what has ended the main thread.
#[track_caller]
fn go_on(payload: Box<dyn Any + Send>) -> ! {
    match payload.downcast_ref().map(Unwind::kind) {
        None => std::panic::resume_unwind(payload),
        Some(UnwindKind::Kill(_) | UnwindKind::CoroutineKill(_) | UnwindKind::Timeout(_)) => {
            panic!("the main thread was killed")
        }
        Some(UnwindKind::Raise(..) | UnwindKind::CoroutineRaise(..)) => {
            panic!("the main thread was raised at and did not catch it")
        }
    }
}
