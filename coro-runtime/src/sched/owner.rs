//! Who runs: the name under which a lock or an initialisation knows who has it.
//!
//! It is the coroutine that has control, else the thread. The main thread of a loop goes by its OS thread's name, for the
//! same frames may hold something before the loop, in it and after it; so does every coroutine outside any loop, where
//! nobody but that OS thread could let another one go on.

use super::chain;
use super::current::{self, Cx};
use super::record::Record;
use crate::id::ThreadId;

/// Who runs here.
pub(crate) fn me() -> ThreadId {
    named(current::with(|cx| match cx {
        Some(Cx { rec, .. }) if rec.base.is_occupied() => rec.base.running().1,
        Some(Cx { rec, .. }) => number_of(rec),
        None => 0,
    }))
}

/// Whether `owner` is who runs here, or lies below it: a caller in its chain, which goes on only after it.
pub(crate) fn is_here(owner: ThreadId) -> bool {
    let thread = named(current::with(|cx| cx.map_or(0, |cx| number_of(cx.rec))));
    owner == thread || chain::has_in_chain(|number| owner == ThreadId::of_coro_thread(number))
}

/// The number of a thread; 0 for main.
fn number_of(rec: &Record) -> u64 {
    if rec.is_main() { 0 } else { rec.number }
}

fn named(number: u64) -> ThreadId {
    match number {
        0 => ThreadId::of_os_thread(std::thread::current().id()),
        number => ThreadId::of_coro_thread(number),
    }
}
