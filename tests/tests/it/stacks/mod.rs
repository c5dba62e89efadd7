//! Stacks as users see them: what they take, what they spare, how deep code goes, and calls on big ones.

mod big;
mod figures;
mod high_water;
mod trim;

use coro::coroutine::{Coroutine, CoroutineState::Complete, Yielder};
use coro::stack::remaining;
use coro::{EventLoop, thread};

/// The sizes that tests use, in bytes.
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Goes down the stack that runs by at least so many bytes, and little more, writing all the way, and comes back.
fn dig(bytes: usize) {
    #[inline(never)]
    fn frame(top: usize, bytes: usize) -> u8 {
        let frame = std::hint::black_box([1_u8; 256]);
        let depth = top - remaining().unwrap();
        let below = if depth < bytes { frame_below(top, bytes) } else { 0 };
        std::hint::black_box(&frame)[0].wrapping_add(below)
    }
    #[inline(never)]
    fn frame_below(top: usize, bytes: usize) -> u8 {
        std::hint::black_box(frame(top, bytes))
    }
    frame(remaining().unwrap(), bytes);
}

/// Runs `f` in a coroutine that is made and ends here.
fn in_coroutine<R: 'static>(f: impl FnOnce() -> R + 'static) -> R {
    match Coroutine::new(move |_: &Yielder<(), ()>, ()| f()).resume(()).unwrap() {
        Complete(result) => result,
        _ => unreachable!("it yields nothing"),
    }
}

/// Runs `f` in every place from which the module can be called, each with a loop of its own or none.
fn everywhere(f: fn()) {
    println!("outside any loop");
    f();
    println!("in a coroutine outside any loop");
    in_coroutine(f);
    println!("in main");
    coro::run(f);
    println!("in a thread");
    coro::run(|| thread::spawn(f).join().unwrap());
    println!("in a coroutine of main");
    coro::run(|| in_coroutine(f));
    println!("in a coroutine of a thread");
    coro::run(|| thread::spawn(move || in_coroutine(f)).join().unwrap());
    println!("in a coroutine of a coroutine of a thread");
    coro::run(|| thread::spawn(move || in_coroutine(move || in_coroutine(f))).join().unwrap());
    println!("in a loop by hand");
    let event_loop = EventLoop::new().unwrap();
    f();
    drop(event_loop);
}
