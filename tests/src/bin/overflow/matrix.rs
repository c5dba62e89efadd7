//! Every OS thread, deed and stack size.

use std::hint::black_box;
use std::time::Duration;

use coro::coroutine::Coroutine;
use coro::stack;
use coro::thread::{self, Builder};
use coro_tests::raw;

use crate::case::{Case, Expected, announce};

/// Where a loop runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Main,
    StdThread,
    /// An OS thread that std knows nothing of; it has no alternate stack of its own.
    RawThread,
}

impl Place {
    pub(crate) fn run(self, f: impl FnOnce() + Send + 'static) {
        match self {
            Place::Main => f(),
            Place::StdThread => std::thread::spawn(f).join().expect("the OS thread ends"),
            Place::RawThread => raw::on_raw_os_thread(f),
        }
    }
}

const PLACES: [(&str, Place); 3] =
    [("main", Place::Main), ("std thread", Place::StdThread), ("raw thread", Place::RawThread)];

const SIZES: [usize; 4] = [16, 64, 256, 1024];

/// What is done on a stack of so many bytes.
type Deed = fn(usize);

const DEEDS: [(&str, Deed); 14] = [
    ("thread", in_thread),
    ("nameless", in_nameless),
    ("coroutine", in_coroutine),
    ("inner coroutine", in_inner_coroutine),
    ("outside any loop", outside_any_loop),
    ("large frames", in_large_frames),
    ("among others", among_others),
    ("while unwinding", while_unwinding),
    ("by hand", by_hand),
    ("big stack", on_big_stack),
    ("big stack of main", on_big_stack_of_main),
    ("big stack of coroutine", on_big_stack_of_coroutine),
    ("loop in a coroutine", in_a_loop_in_a_coroutine),
    ("big stack, no loop", on_big_stack_outside),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (place_name, place) in PLACES {
        for (deed_name, deed) in DEEDS {
            for kib in SIZES {
                let name = format!("{place_name}, {deed_name}, {kib} KiB");
                let body = move || place.run(move || deed(kib * 1024));
                cases.push(Case::new(name, Expected::Named, body));
            }
        }
    }
    cases
}

/// Uses the stack up.
pub(crate) fn recurse(depth: u64) -> u64 {
    let room = black_box([depth; 16]);
    if depth == u64::MAX { 0 } else { recurse(depth + 1) + room[1] }
}

/// Uses the stack up in frames that are much larger than a guard.
fn recurse_largely(depth: usize) -> usize {
    let mut room = [0_u8; 64 * 1024];
    room[depth % 1024] = 1;
    let used = usize::from(black_box(&room)[0]);
    if depth == usize::MAX { 0 } else { recurse_largely(depth + 1) + used }
}

/// Announces an overflow of a stack of so many bytes by what was made in this line of this file.
fn announce_overflow(who: &str, size: usize, made: &str, line: u32) {
    let (size, file) = (in_words(size), file!());
    announce(&format!("{who} has overflowed its stack ({size}, {made} at {file}:{line})"));
}

/// The same for a big stack.
fn announce_big(who: &str, size: usize, made: &str, line: u32) {
    let (size, file) = (in_words(size), file!());
    announce(&format!("{who} has overflowed a big stack of {size} ({made} at {file}:{line})"));
}

/// Announces an overflow by a thread that was not made anywhere.
fn announce_unmade(name: &str, size: usize) {
    announce(&format!("thread {name} has overflowed a big stack of {}", in_words(size)));
}

fn in_words(size: usize) -> String {
    if size < 1 << 20 { format!("{} KiB", size >> 10) } else { format!("{} MiB", size >> 20) }
}

fn named(size: usize) -> Builder {
    Builder::new().name("deep".to_owned()).stack_size(size)
}

fn in_thread(size: usize) {
    coro::run(|| {
        announce_overflow("thread 'deep'", size, "spawned", line!() + 1);
        named(size).spawn(|| recurse(0)).expect("a thread").join()
    })
    .expect("it does not come to an end");
}

fn in_nameless(size: usize) {
    coro::run(|| {
        announce_overflow("thread ThreadId(#)", size, "spawned", line!() + 1);
        Builder::new().stack_size(size).spawn(|| recurse(0)).expect("a thread").join()
    })
    .expect("it does not come to an end");
}

fn in_coroutine(size: usize) {
    coro::run(|| {
        announce_overflow("coroutine # of thread 'main'", size, "made", line!() + 1);
        let deep = Coroutine::<(), (), u64>::with_stack_size(size, |_, ()| recurse(0));
        deep.resume(()).expect("it does not come to an end");
    });
}

/// A coroutine that another one has resumed, both of a thread.
fn in_inner_coroutine(size: usize) {
    coro::run(|| {
        let inside = move || {
            let outer = Coroutine::<(), (), ()>::new(move |_, ()| {
                announce_overflow("coroutine # of thread 'host'", size, "made", line!() + 1);
                let deep = Coroutine::<(), (), u64>::with_stack_size(size, |yielder, ()| {
                    yielder.suspend(());
                    thread::yield_now();
                    recurse(0)
                });
                deep.resume(()).expect("it gives a value out");
                deep.resume(()).expect("it does not come to an end");
            });
            outer.resume(()).expect("it does not come to an end");
        };
        Builder::new().name("host".to_owned()).spawn(inside).expect("a thread").join()
    })
    .expect("it does not come to an end");
}

fn outside_any_loop(size: usize) {
    announce_overflow("coroutine #", size, "made", line!() + 1);
    let deep = Coroutine::<(), (), u64>::with_stack_size(size, |_, ()| recurse(0));
    deep.resume(()).expect("it does not come to an end");
}

/// The main of a loop whose stack is a coroutine's.
fn in_a_loop_in_a_coroutine(size: usize) {
    announce(&format!("thread 'main' has overflowed its stack ({})", in_words(size)));
    let deep = Coroutine::<(), (), u64>::with_stack_size(size, |_, ()| coro::run(|| recurse(0)));
    deep.resume(()).expect("it does not come to an end");
}

fn in_large_frames(size: usize) {
    coro::run(|| {
        announce_overflow("thread 'deep'", size, "spawned", line!() + 1);
        named(size).spawn(|| recurse_largely(0)).expect("a thread").join()
    })
    .expect("it does not come to an end");
}

/// In the middle of many that wait, and after waits of its own.
fn among_others(size: usize) {
    coro::run(|| {
        let spawn = |_| named(size).name("other".to_owned()).spawn(thread::park).expect("a thread");
        let mut others: Vec<_> = (0..50).map(spawn).collect();
        announce_overflow("thread 'deep'", size, "spawned", line!() + 1);
        let deep = named(size).spawn(|| {
            thread::sleep(Duration::from_millis(1));
            thread::yield_now();
            recurse(0)
        });
        others.extend((0..50).map(spawn));
        deep.expect("a thread").join()
    })
    .expect("it does not come to an end");
}

struct RecursesInDrop;

impl Drop for RecursesInDrop {
    fn drop(&mut self) {
        recurse(0);
    }
}

fn while_unwinding(size: usize) {
    coro::run(|| {
        announce_overflow("thread 'deep'", size, "spawned", line!() + 1);
        let deep = named(size).spawn(|| {
            let _last = RecursesInDrop;
            thread::park();
        });
        let deep = deep.expect("a thread");
        thread::yield_now();
        deep.kill();
        deep.join()
    })
    .expect("it does not come to an end");
}

/// A big stack is the thread's as long as the call lasts. It need not be large.
fn on_big_stack(size: usize) {
    coro::run(|| {
        announce_big("thread 'host'", size, "spawned", line!() + 2);
        let builder = Builder::new().name("host".to_owned());
        builder.spawn(move || stack::on_big_stack(size, || recurse(0))).expect("a thread").join()
    })
    .expect("it does not come to an end");
}

fn on_big_stack_of_main(size: usize) {
    announce_unmade("'main'", size);
    coro::run(|| stack::on_big_stack(size, || recurse(0)));
}

fn on_big_stack_of_coroutine(size: usize) {
    coro::run(|| {
        announce_big("coroutine # of thread 'main'", size, "made", line!() + 1);
        let host = Coroutine::<(), (), u64>::new(move |yielder, ()| {
            stack::on_big_stack(size, || {
                yielder.suspend(());
                recurse(0)
            })
        });
        host.resume(()).expect("it gives a value out");
        host.resume(()).expect("it does not come to an end");
    });
}

fn on_big_stack_outside(size: usize) {
    // `PID/task/TID`: the first OS thread's numbers are the same. The system has the program's name for all of them.
    let path = std::fs::read_link("/proc/thread-self").expect("the system has /proc");
    let is_main = path.iter().next() == path.iter().next_back();
    announce_unmade(if is_main { "'main'" } else { "'overflow'" }, size);
    stack::on_big_stack(size, || recurse(0));
}

/// In a loop that is driven by hand.
fn by_hand(size: usize) {
    let events = coro::Builder::new().build().expect("a loop");
    announce_overflow("thread 'deep'", size, "spawned", line!() + 1);
    let deep = named(size).spawn(|| recurse(0)).expect("a thread");
    events.run_pending().expect("this OS thread has made the loop");
    drop(deep);
}
