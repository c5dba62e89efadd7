//! What must end as it would without coro: other faults, std's own overflows, and handlers that others have installed.

use std::cell::Cell;
use std::hint::black_box;
use std::io::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

use coro::thread::{self, Builder};
use coro_tests::raw::{self, Foreign};

use crate::case::{Case, Expected, announce};
use crate::matrix::{Place, recurse};

pub(crate) const SIGSEGV: i32 = 11;
/// An address in the first page, where nobody may be.
const NULL_AND_A_BIT: usize = 0x10;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = plain_faults();
    cases.extend(full_stacks());
    cases.extend(overflows_of_std());
    cases.extend(foreign_before());
    cases.extend(foreign_after());
    cases.extend(sent_signals());
    cases.extend(alternate_stacks());
    cases
}

/// Runs `f` in a thread of a loop.
pub(crate) fn in_thread(f: impl FnOnce() + Send + 'static) {
    coro::run(|| thread::spawn(f).join()).expect("the thread ends");
}

fn wild() {
    raw::fault_at(NULL_AND_A_BIT);
}

fn plain_faults() -> Vec<Case> {
    let silent = Expected::Signal(SIGSEGV, "");
    let mut cases = vec![
        Case::new("a wild pointer in a thread", silent, wild_thread),
        Case::new("a wild pointer in main", silent, wild_main),
        Case::new("a wild pointer after a loop", silent, || {
            coro::run(|| ());
            wild();
        }),
        Case::new("a wild pointer in a raw thread", silent, || {
            Place::RawThread.run(|| in_thread(wild));
        }),
        Case::new("a wild pointer, no handler before", silent, || {
            raw::forget_handler(false);
            in_thread(wild);
        }),
        Case::new("a wild pointer, ignored before", silent, || {
            raw::forget_handler(true);
            in_thread(wild);
        }),
        Case::new("a wild pointer into another's guard", silent, || {
            coro::run(|| {
                let parked = thread::spawn(thread::park);
                thread::yield_now();
                let guard = coro::__private::guard_of(parked.thread()).expect("it is suspended");
                thread::spawn(move || raw::fault_at(guard.start + 8)).join()
            })
            .expect("the thread ends");
        }),
    ];
    #[cfg(target_arch = "x86_64")]
    cases.push(Case::new("a large frame that jumps over the guard", Expected::Named, || {
        large_frame(1 << 16);
    }));
    #[cfg(target_arch = "x86_64")]
    cases.push(Case::new("a stack pointer that is nowhere", silent, || large_frame(1 << 30)));
    #[cfg(target_arch = "x86_64")]
    cases.push(Case::new("another's guard, without an allocation", silent, || {
        coro::run(|| {
            let parked = thread::spawn(thread::park);
            thread::yield_now();
            let guard = coro::__private::guard_of(parked.thread()).expect("it is suspended");
            // An OS thread that has nothing to do with coro.
            let foreign = std::thread::spawn(move || {
                raw::forbid_allocations();
                raw::fault_from_large_frame(guard.start + 8, 1 << 16);
            });
            foreign.join().expect("it does not come to an end");
        });
    }));
    cases
}

/// A thread touches its own guard with its stack pointer so far below.
#[cfg(target_arch = "x86_64")]
fn large_frame(below: usize) {
    coro::run(|| {
        // Its neighbours' slots lie on both sides.
        let _low: Vec<_> = (0..3).map(|_| thread::spawn(thread::park)).collect();
        let guard = std::rc::Rc::new(Cell::new(0));
        let inner = guard.clone();
        let line = line!() + 1;
        let deep = thread::spawn(move || raw::fault_from_large_frame(inner.get(), below));
        let _high: Vec<_> = (0..3).map(|_| thread::spawn(thread::park)).collect();
        let range = coro::__private::guard_of(deep.thread()).expect("it has not begun");
        guard.set(range.end - 8);
        let name = format!("thread {:?}", deep.thread().id());
        let file = file!();
        announce(&format!("{name} has overflowed its stack (256 KiB, spawned at {file}:{line})"));
        deep.join()
    })
    .expect("the thread ends");
}

/// What happens to a signal, and to an address, on a stack that is nearly full.
fn full_stacks() -> Vec<Case> {
    let mut cases = vec![Case::new("no room for a signal's frame", Expected::Named, || {
        raw::handle_by_nothing();
        overflow_by(|| descend_with_signals(0));
    })];
    #[cfg(target_arch = "x86_64")]
    cases.push(Case::new(
        "an address that nothing has, near the end",
        Expected::Signal(SIGSEGV, ""),
        || overflow_by(|| fault_near_the_end(0)),
    ));
    cases
}

/// Sends a signal at each depth, whose handler runs on this stack.
pub(crate) fn descend_with_signals(depth: u64) -> u64 {
    raw::send(libc::SIGUSR1);
    if depth == u64::MAX { 0 } else { black_box(descend_with_signals(depth + 1)) + 1 }
}

/// Touches an address that is not one, where little of the stack is left.
#[cfg(target_arch = "x86_64")]
fn fault_near_the_end(depth: u64) -> u64 {
    if coro::stack::remaining().is_some_and(|left| left < 2000) {
        raw::fault_at(1 << 63);
    }
    if depth == u64::MAX { 0 } else { black_box(fault_near_the_end(depth + 1)) + 1 }
}

fn overflows_of_std() -> Vec<Case> {
    vec![
        Case::new("main's own overflow in a loop", Expected::OfStd("'main'"), || {
            coro::run(|| recurse(0));
        }),
        Case::new("main's own overflow after a loop", Expected::OfStd("'main'"), || {
            coro::run(|| ());
            recurse(0);
        }),
        Case::new("std's own overflow in a loop", Expected::OfStd("'of std'"), || {
            of_std(|| coro::run(|| recurse(0)));
        }),
        Case::new("std's own overflow beside a loop", Expected::OfStd("'of std'"), || {
            in_thread(|| {
                of_std(|| recurse(0));
            });
        }),
        Case::new("a raw thread's own overflow", Expected::Signal(SIGSEGV, ""), || {
            Place::RawThread.run(|| {
                coro::run(|| recurse(0));
            });
        }),
    ]
}

pub(crate) fn of_std(f: fn() -> u64) {
    let named = std::thread::Builder::new().name("of std".to_owned());
    named.spawn(f).expect("an OS thread").join().expect("it does not come to an end");
}

/// A foreign handler with its flags, and what comes of something that is done.
type Row = (&'static str, Foreign, i32, fn(), Expected);

/// What a foreign handler says that gets the fault of [`wild`].
const TOLD: Expected = Expected::Code(
    3,
    &["foreign: signal 11 at 0x10, context true\n", "foreign: blocked [true, true]\n"],
);
const TOLD_OPEN: Expected = Expected::Code(3, &["at 0x10", "blocked [false, true]"]);
const TOLD_NUMBER: Expected = Expected::Code(3, &["foreign: signal 11\n"]);
const TOLD_SENT: Expected = Expected::Code(3, &["foreign: signal 11 at"]);
const NOTED: Expected = Expected::Signal(SIGSEGV, "foreign: signal 11, once more\n");
/// std's handler, to which the fault is passed on, gives the signal back to the system.
const PASSED_ON: Expected = Expected::Signal(SIGSEGV, "foreign: passed on\n");
pub(crate) const WELL: Expected = Expected::Code(0, &[]);

const BEFORE: [Row; 15] = [
    ("gets what it asks for", Foreign::Tell, libc::SA_ONSTACK, wild_thread, TOLD),
    ("on the stack it ran on", Foreign::Tell, 0, wild_thread, TOLD),
    ("without a block", Foreign::Tell, libc::SA_NODEFER, wild_thread, TOLD_OPEN),
    ("takes a number", Foreign::TellNumber, 0, wild_thread, TOLD_NUMBER),
    ("needs much of the stack", Foreign::TellFromDeep, 0, wild_main, TOLD),
    ("only once", Foreign::Note, libc::SA_RESETHAND, wild_thread, NOTED),
    ("a sent signal", Foreign::Tell, 0, sent, TOLD_SENT),
    ("mends its own", Foreign::Mend, libc::SA_ONSTACK, mend_many, WELL),
    ("mends its own, where it ran", Foreign::Mend, 0, mend_many, WELL),
    ("mends, and is disturbed", Foreign::MendDisturbed, 0, mend_many, WELL),
    ("an overflow is ours", Foreign::Tell, libc::SA_ONSTACK, overflow, Expected::Named),
    ("an overflow after mending", Foreign::Mend, 0, mend_and_overflow, Expected::Named),
    ("no alternate stack", Foreign::Tell, 0, wild_without_alternate_stack, TOLD),
    ("while one is in use", Foreign::Tell, 0, wild_in_a_handler, TOLD),
    ("it never returns", Foreign::GoOn, libc::SA_NODEFER, never_return, Expected::Named),
];

const AFTER: [Row; 7] = [
    ("passes overflows on", Foreign::PassOn, libc::SA_ONSTACK, overflow, Expected::Named),
    ("passes faults on", Foreign::PassOn, libc::SA_ONSTACK, wild_thread, PASSED_ON),
    ("overflows, barely told", Foreign::PassOnBare, libc::SA_ONSTACK, overflow, Expected::Named),
    ("faults, barely told", Foreign::PassOnBare, libc::SA_ONSTACK, wild_thread, PASSED_ON),
    ("mends its own", Foreign::Mend, libc::SA_ONSTACK, mend_many, WELL),
    (
        "mends, then an overflow",
        Foreign::Mend,
        libc::SA_ONSTACK,
        mend_and_overflow,
        Expected::Named,
    ),
    ("keeps what it gets", Foreign::Tell, libc::SA_ONSTACK, wild_thread, TOLD),
];

fn foreign_before() -> Vec<Case> {
    let case = |(name, foreign, flags, body, expected): Row| {
        Case::new(format!("before us: {name}"), expected, move || {
            raw::install_foreign(foreign, flags);
            body();
        })
    };
    BEFORE.map(case).into()
}

fn foreign_after() -> Vec<Case> {
    let case = |(name, foreign, flags, body, expected): Row| {
        Case::new(format!("after us: {name}"), expected, move || {
            coro::run(|| ());
            raw::install_foreign(foreign, flags);
            body();
        })
    };
    AFTER.map(case).into()
}

fn wild_thread() {
    in_thread(wild);
}

fn wild_main() {
    coro::run(wild);
}

/// Where neither std nor a loop has seen to an alternate stack, our handler runs on the stack that the fault interrupts.
fn wild_without_alternate_stack() {
    coro::run(|| ());
    Place::RawThread.run(|| {
        assert_eq!(raw::alternate_stack(), None);
        wild();
    });
}

/// The fault interrupts a handler that runs on the alternate stack, as ours does then.
fn wild_in_a_handler() {
    Place::RawThread.run(|| {
        // std's has hardly room for two.
        raw::take_alternate_stack();
        coro::run(|| raw::in_a_handler(libc::SA_ONSTACK, wild));
    });
}

/// A thread sends the signal of a fault to itself.
fn sent() {
    in_thread(|| raw::send(SIGSEGV));
}

/// Several threads fault and are mended, again and again.
fn mend_many() {
    const EACH: usize = 20;
    let touch = || {
        for _ in 0..EACH {
            raw::fault_at(raw::forbidden_page());
            // The probe before the fault has left this, and no handler may change it.
            assert_eq!(Error::last_os_error().raw_os_error(), Some(libc::EFAULT));
            thread::yield_now();
        }
    };
    coro::run(|| {
        let threads: Vec<_> = (0..10).map(|_| thread::spawn(touch)).collect();
        touch();
        threads.into_iter().for_each(|thread| thread.join().expect("the thread ends"));
    });
    assert_eq!(raw::MENDED.load(Ordering::Relaxed), 11 * EACH);
}

fn mend_and_overflow() {
    mend_many();
    overflow();
}

/// The alternate stack is lost with the handler, and the next loop sees to another.
fn never_return() {
    raw::go_on_with(overflow);
    coro::run(|| ());
    wild();
}

fn overflow() {
    overflow_by(|| recurse(0));
}

fn overflow_by(f: fn() -> u64) {
    let (file, line) = (file!(), line!() + 3);
    announce(&format!("thread 'deep' has overflowed its stack (64 KiB, spawned at {file}:{line})"));
    let builder = Builder::new().name("deep".to_owned()).stack_size(64 * 1024);
    coro::run(|| builder.spawn(f).expect("a thread").join()).expect("it does not come to an end");
}

fn sent_signals() -> Vec<Case> {
    vec![
        Case::new("a sent signal, no handler before", Expected::Signal(SIGSEGV, ""), move || {
            raw::forget_handler(false);
            sent();
        }),
        Case::new("a sent signal, ignored before", WELL, move || {
            raw::forget_handler(true);
            sent();
            sent();
        }),
        Case::new("an ignored signal, then an overflow", Expected::Named, || {
            raw::forget_handler(true);
            sent();
            overflow();
        }),
        // std's handler takes the first one for a fault that will come again.
        Case::new("a sent signal, std's handler before", WELL, sent),
        Case::new("a second sent signal", Expected::Signal(SIGSEGV, ""), move || {
            sent();
            sent();
        }),
        Case::new("a loop in a handler", Expected::Code(0, &["in a handler\n"]), || {
            raw::in_a_handler(0, || in_thread(|| eprintln!("in a handler")));
        }),
    ]
}

fn alternate_stacks() -> Vec<Case> {
    vec![
        Case::new("alternate stacks come and go", WELL, come_and_go),
        Case::new("an alternate stack that was there", WELL, || {
            Place::RawThread.run(|| {
                let own = raw::take_alternate_stack();
                coro::run(|| ());
                assert_eq!(raw::alternate_stack(), Some(own));
            });
        }),
        Case::new(
            "a loop at the end of an OS thread",
            Expected::Code(0, &["at the end\n"]),
            || {
                Place::StdThread.run(at_the_end);
                Place::RawThread.run(at_the_end);
            },
        ),
    ]
}

/// Raw threads get an alternate stack from us, and it is gone when they are.
fn come_and_go() {
    let mappings = || {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("the system has /proc");
        maps.lines().count()
    };
    let come = || {
        Place::RawThread.run(|| {
            assert_eq!(raw::alternate_stack(), None);
            coro::run(|| ());
            let first = raw::alternate_stack().expect("a loop has run");
            coro::run(|| ());
            assert_eq!(raw::alternate_stack(), Some(first));
        });
    };
    // What the system sets up for the first ones stays.
    (0..10).for_each(|_| come());
    let before = mappings();
    (0..200).for_each(|_| come());
    let after = mappings();
    assert!(after < before + 20, "{before} mappings became {after}");
}

/// Runs a loop in the destructor of a thread-local.
fn at_the_end() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            static COUNT: AtomicUsize = AtomicUsize::new(0);
            in_thread(|| {
                COUNT.fetch_add(1, Ordering::Relaxed);
            });
            if COUNT.load(Ordering::Relaxed) == 2 {
                eprintln!("at the end");
            }
        }
    }
    thread_local!(static LAST: AtEnd = const { AtEnd });
    LAST.with(|_| ());
    coro::run(|| ());
}
