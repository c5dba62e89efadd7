//! Whose stack has overflowed: what the scheduler can tell while a signal handler asks (`raw/README.md`, section 6).
//!
//! The fault may have come anywhere, in the middle of a change to any table. So nothing here waits for a borrow: what
//! cannot be read is left out.

use std::panic::Location;

use super::coroutines::{self, glimpse};
use super::current;
use super::head::Head;
use super::record::Record;
use crate::raw::message::Message;
use crate::raw::overflow::{self, Witness};
use crate::raw::ranges::Slot;

/// Sees to it that an overflow of a stack of ours on this OS thread is named.
pub(super) fn prepare() {
    overflow::install(&Scheduler);
    if let Some(all) = coroutines::here() {
        all.alternate_stack().ensure();
    }
}

/// The scheduler of whatever OS thread asks.
struct Scheduler;

impl Witness for Scheduler {
    fn runs_on(&self, slot: Slot) -> bool {
        let thread = || current::with(|cx| cx.is_some_and(|cx| has_stack_in(cx.rec, slot)));
        glimpse(|head| head.map(|head| is_stack_of(head, slot))).flatten().unwrap_or_else(thread)
    }

    fn accuse(&self, slot: Slot, message: &mut Message) {
        // The base of a chain is about to switch to a coroutine, or comes from one, while its own stack overflows.
        let in_base = current::with(|cx| cx.is_some_and(|cx| has_stack_in(cx.rec, slot)));
        let look = |head: Option<&Head>| head.map(|head| accuse_coroutine(head, slot, message));
        let found = if in_base { None } else { glimpse(look) };
        match found {
            Some(Some((is_own, site))) => describe(message, slot, is_own, "made", Some(site)),
            // Which coroutine runs cannot be told, and the stack may be its own.
            Some(None) => {
                let site = accuse_thread(message);
                describe(message, slot, true, "spawned", site);
            }
            None => {
                let site = accuse_thread(message);
                // A loop may run in a coroutine that was started outside any loop: then its main's stack is the coroutine's.
                let is_own = in_base || is_between() || coroutines::is_own(slot);
                describe(message, slot, is_own, "spawned", site);
            }
        }
    }
}

/// Says which stack it was, how large, and where whoever ran on it came from.
fn describe(
    message: &mut Message,
    slot: Slot,
    is_own: bool,
    verb: &str,
    site: Option<&'static Location<'static>>,
) {
    let (stack, separator) = if is_own { ("its stack (", ", ") } else { ("a big stack of ", " (") };
    message.text(" has overflowed ");
    message.text(stack);
    message.size(slot.size);
    if let Some(site) = site {
        message.text(separator);
        message.text(verb);
        message.text(" at ");
        message.text(site.file());
        message.text(":");
        message.number(site.line().into());
    }
    if is_own || site.is_some() {
        message.text(")");
    }
}

/// Whether a loop is between two threads, on the stack of one of them.
fn is_between() -> bool {
    current::with_loop(|lp| lp.is_some_and(|lp| lp.current.get().is_none()))
}

fn has_stack_in(rec: &Record, slot: Slot) -> bool {
    rec.fiber.as_ref().is_some_and(|fiber| slot.contains(fiber.own_stack_address()))
}

pub(super) fn is_stack_of(head: &Head, slot: Slot) -> bool {
    head.fiber.get().is_some_and(|fiber| slot.contains(fiber.own_stack_address()))
}

/// Writes which coroutine runs, and in which thread if it is in one; whether the stack is its own, and where it was made.
fn accuse_coroutine(
    head: &Head,
    slot: Slot,
    message: &mut Message,
) -> (bool, &'static Location<'static>) {
    message.text("coroutine ");
    message.number(head.key.number);
    current::with(|cx| {
        if let Some(cx) = cx {
            message.text(" of ");
            accuse_record(cx.rec, message);
        }
    });
    (is_stack_of(head, slot), head.site)
}

/// Writes which thread runs, of coro or else of the system; where it was spawned, if it was.
fn accuse_thread(message: &mut Message) -> Option<&'static Location<'static>> {
    current::with_loop(|lp| match lp {
        // Between two threads main runs, on whatever stack it waits.
        Some(lp) => {
            let rec = lp.current.get().unwrap_or(&lp.main);
            accuse_record(rec, message);
            (!rec.is_main()).then_some(rec.site)
        }
        None => {
            message.text("thread ");
            overflow::name_os_thread(message);
            None
        }
    })
}

/// Writes what messages call a thread.
fn accuse_record(rec: &Record, message: &mut Message) {
    message.text("thread ");
    match rec.name.get() {
        Some(name) => {
            message.text("'");
            message.text(name);
            message.text("'");
        }
        None => {
            message.text("ThreadId(");
            message.number(rec.number);
            message.text(")");
        }
    }
}
