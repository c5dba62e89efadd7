//! What the handler tells apart, a row for each branch of it, here or in the other files.
//!
//! | what the handler asks | yes | no |
//! |---|---|---|
//! | was it sent? | "a sent signal …", "… that looks like an overflow" | the matrix |
//! | is it the kernel's own? is it SIGSEGV? | "no room for a signal's frame" | "no address, by the frame pointer, near the end" |
//! | … and no instruction's? | "no room …" | "an address that nothing has, near the end" |
//! | … and without another code? | "no room …" | "a null pointer, near the end" |
//! | … in a slot? | "no room …" | "no room … on a stack of std's" |
//! | … near its end? | "no room …" | "a handler that returns badly …" |
//! | does the address lie in a slot? | the matrix | "a wild pointer …" |
//! | … below its limit? | the matrix, "… by SIGBUS" | "a page of its stack that is forbidden" |
//! | is the stack pointer known? | the matrix | "after us: overflows, barely told" |
//! | … in that slot? | the matrix | "a large frame that jumps over the guard" |
//! | … within reach of it? | "a large frame …" | "a stack pointer that is nowhere" |
//! | … below the address? | "a large frame …" | "its own guard, from a big stack above" |
//! | does the runner have that slot? | "a large frame …" | "another's guard, by a large frame", "…, without an allocation" |
//! | is anything done about it? | "before us: …" | "…, no handler before", "…, ignored before" |
//! | … only once? with three arguments? | "before us: only once", "…: takes a number" | "before us: …" |
//! | must the handler before move? | "before us: on the stack it ran on" | "…: no alternate stack", "…: while one is in use" |
//! | does the OS thread have a name? | "big stack, no loop" | "a big stack of an OS thread without a name" |
//!
//! Not provoked: a system that cannot say what it does about a signal, and other systems' ways to say where a stack pointer is.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use coro::stack;
use coro::thread::{self, Builder};
use coro_tests::raw;

use crate::case::{Case, Expected, announce};
use crate::matrix::recurse;
use crate::others::{SIGSEGV, descend_with_signals, in_thread, of_std};

#[cfg(target_os = "linux")]
const SIGBUS: i32 = 7;
const SILENT: Expected = Expected::Signal(SIGSEGV, "");

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("no room for a signal's frame on a stack of std's", SILENT, || {
            no_room_on_a_stack_of_std();
        }),
        Case::new("no room on a stack of std's, no handler before", SILENT, || {
            raw::forget_handler(false);
            no_room_on_a_stack_of_std();
        }),
        Case::new("a page of its stack that is forbidden", SILENT, || {
            with_own_guard(|guard| {
                let unused = guard.end + 16 * 1024;
                raw::forbid_page_of(unused);
                raw::fault_at(unused);
            });
        }),
        Case::new("its own guard, from a big stack above", SILENT, || {
            with_own_guard(|guard| {
                let Range { start, end } = guard;
                // The one was mapped before the thread's stack, the other is now; systems map upwards or downwards.
                for bytes in [BIG, 2 * BIG] {
                    stack::on_big_stack(bytes, move || {
                        let is_above = (&raw const start).addr() > end;
                        is_above.then(|| raw::fault_at(start + 8));
                    });
                }
            });
        }),
        Case::new("a big stack of an OS thread without a name", Expected::Named, || {
            announce("thread <unknown> has overflowed a big stack of 64 KiB");
            let nameless = std::thread::Builder::new().name(String::new());
            let nameless = nameless.spawn(|| stack::on_big_stack(64 * 1024, || recurse(0)));
            nameless.expect("an OS thread").join().expect("it does not come to an end");
        }),
    ];
    #[cfg(target_os = "linux")]
    cases.extend(of_linux());
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    cases.extend(registers::cases());
    cases
}

/// The stack is none of ours, and its handler is not called when there is room again: it goes on to the true end.
fn no_room_on_a_stack_of_std() {
    raw::handle_by_nothing();
    of_std(|| coro::run(|| descend_with_signals(0)));
}

/// The size of a big stack that was there before the threads' stacks.
const BIG: usize = 1 << 20;

/// Runs `f` in a thread, with the thread's own guard.
fn with_own_guard(f: impl FnOnce(Range<usize>) + 'static) {
    coro::run(|| {
        // It stays for the next one that needs so much.
        stack::on_big_stack(BIG, || ());
        let guard = Rc::new(Cell::new(0..0));
        let told = guard.clone();
        let builder = Builder::new().name("deep".to_owned());
        let (file, line) = (file!(), line!() + 1);
        let thread = builder.spawn(move || f(told.take())).expect("a thread");
        announce(&format!(
            "thread 'deep' has overflowed its stack (256 KiB, spawned at {file}:{line})"
        ));
        guard.set(coro::__private::guard_of(thread.thread()).expect("it has not begun"));
        thread.join()
    })
    .expect("the thread ends");
}

#[cfg(target_os = "linux")]
fn of_linux() -> Vec<Case> {
    vec![
        // As other systems send it.
        Case::new("an overflow by SIGBUS", Expected::Named, || {
            with_own_guard(|guard| {
                raw::put_empty_file_at(&guard);
                recurse(0);
            });
        }),
        Case::new("a page that no file has", Expected::Signal(SIGBUS, ""), || {
            in_thread(|| {
                let page = raw::forbidden_page();
                raw::put_empty_file_at(&(page..page + 1));
                raw::fault_at(page);
            });
        }),
        Case::new("a sent signal that looks like an overflow", SILENT, || {
            raw::forget_handler(false);
            with_own_guard(|guard| raw::send_with_address(SIGSEGV, guard.start + 8));
        }),
    ]
}

/// What takes single instructions or registers.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod registers {
    use std::hint::black_box;

    use coro_tests::raw::Through;

    use super::*;
    use crate::others::WELL;

    /// An address that no memory can have.
    const NOWHERE: usize = 1 << 63;

    pub(super) fn cases() -> Vec<Case> {
        const BUS: Expected = Expected::Signal(SIGBUS, "");
        vec![
            Case::new("no address, by the frame pointer", BUS, || {
                in_thread(|| raw::fault_through(Through::FramePointer, NOWHERE));
            }),
            Case::new("no address, by the frame pointer, near the end", BUS, || {
                near_the_end(|| raw::fault_through(Through::FramePointer, NOWHERE));
            }),
            Case::new("no address, by the stack pointer", BUS, || {
                in_thread(|| raw::fault_through(Through::StackPointer, NOWHERE));
            }),
            Case::new("a null pointer, near the end", SILENT, || {
                near_the_end(|| raw::fault_through(Through::Any, 0));
            }),
            Case::new("another's guard, by a large frame", SILENT, || {
                coro::run(|| {
                    let low = Rc::new(Cell::new(0));
                    let high = low.clone();
                    // The neighbour above has the guard.
                    let touch = thread::spawn(move || {
                        raw::fault_from_large_frame(high.get() + 8, 1 << 12);
                    });
                    let parked = thread::spawn(thread::park);
                    let guard =
                        coro::__private::guard_of(parked.thread()).expect("it has not begun");
                    low.set(guard.start);
                    touch.join()
                })
                .expect("the thread ends");
            }),
            // std's handler expects the instruction to be repeated, and there is none.
            Case::new("a handler that returns badly", WELL, return_badly),
            Case::new("a handler that returns badly, no handler before", SILENT, || {
                raw::forget_handler(false);
                return_badly();
            }),
            Case::new("a handler that returns badly, ignored before", SILENT, || {
                raw::forget_handler(true);
                return_badly();
            }),
        ]
    }

    fn return_badly() {
        in_thread(raw::return_badly_from_a_handler);
    }

    /// Runs `f` in a thread of which little of the stack is left, so that a signal's frame might find no room.
    fn near_the_end(f: fn()) {
        fn descend(depth: u64, f: fn()) -> u64 {
            if stack::remaining().is_some_and(|left| left < 2000) {
                f();
            }
            if depth == u64::MAX { 0 } else { black_box(descend(depth + 1, f)) + 1 }
        }
        in_thread(move || {
            descend(0, f);
        });
    }
}
