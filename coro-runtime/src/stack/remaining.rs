//! How much stack is left: on one of ours, the table of slots knows; on the OS thread's own, the system.

use std::cell::Cell;
use std::ops::Range;

use crate::raw::{machine, ranges};

thread_local! {
    /// Where the OS thread's own stack lies, once somebody has asked: start and end, both 0 before. Asking costs a look
    /// into a file of the system, for main.
    static OWN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// How many bytes are left on the stack that runs, below this call; none where that cannot be known.
///
/// On the stack of a thread or a coroutine, and inside [`on_big_stack`](super::on_big_stack), it is what lies above the
/// guard. On the OS thread's own stack, where main runs, it is what the system told at the first call: main's may grow up
/// to `ulimit -s`. None is the answer on a stack of somebody else's making, and on systems and machines that we do not
/// know: Linux, Android, macOS and iOS tell, on x86-64 and aarch64.
///
/// A function needs some of it for its own frame, and whatever it calls as well: a panic that prints a backtrace about
/// 32 KiB.
///
/// # Examples
/// A recursion that goes on where it is about to run out of stack:
/// ```
/// struct List(Option<Box<List>>);
///
/// fn length(list: &List) -> usize {
///     if coro::stack::remaining().is_some_and(|left| left < 64 * 1024) {
///         return coro::stack::on_big_stack(1024 * 1024, || length(list));
///     }
///     list.0.as_ref().map_or(0, |rest| 1 + length(rest))
/// }
///
/// let mut list = List(None);
/// for _ in 0..10_000 {
///     list = List(Some(Box::new(list)));
/// }
/// let handle = coro::run(|| coro::thread::spawn(move || {
///     let found = length(&list);
///     while let List(Some(rest)) = list { list = *rest } // nor does dropping it recurse
///     found
/// }).join());
/// assert_eq!(handle.unwrap(), 10_000);
/// ```
#[inline(always)]
#[must_use]
pub fn remaining() -> Option<usize> {
    below(machine::stack_pointer())
}

/// How many bytes of the stack on which `address` lies are below it, which is in use.
fn below(address: usize) -> Option<usize> {
    // This first: what the system told of main's stack is what it may grow to, and others may lie there.
    match ranges::find(address) {
        Some(slot) => address.checked_sub(slot.limit),
        None => own_stack().filter(|own| own.contains(&address)).map(|own| address - own.start),
    }
}

fn own_stack() -> Option<Range<usize>> {
    let (start, end) = OWN.get();
    if end != 0 {
        return Some(start..end);
    }
    let own = machine::os_thread_stack()?;
    OWN.set((own.start, own.end));
    Some(own)
}
