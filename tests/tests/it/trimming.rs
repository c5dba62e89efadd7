//! Memory of stacks goes back to the system when it was not needed for a while, and the loop has its peace after that.

use std::hint::black_box;
use std::time::{Duration, Instant};

use coro::coroutine::Coroutine;
use coro::{EventLoop, thread};
use coro_tests::process;

use crate::support::child;

const MANY: usize = 1000;
/// A loop that has nothing to do has let go of what it does not need after so long; an era is a second.
const ERAS: Duration = Duration::from_millis(3500);

/// Writes to 32 KiB of the stack on which it is called.
#[inline(never)]
fn go_deep() {
    black_box(&mut [1_u8; 32 * 1024]);
}

/// Has many threads at once, which have all used their stacks.
fn spawn_many() -> Vec<thread::JoinHandle<()>> {
    let deep_twice = || {
        go_deep();
        thread::yield_now();
        go_deep();
    };
    (0..MANY).map(|_| thread::spawn(deep_twice)).collect()
}

#[test]
fn a_loop_driven_by_hand_says_when_it_has_stacks_to_let_go() {
    let event_loop = EventLoop::new().unwrap();
    let started = Instant::now();
    drop(spawn_many());
    event_loop.run(None).unwrap();
    assert!(coro::stack::usage().committed() >= MANY * 32 * 1024);
    assert!(event_loop.next_timeout().is_some());
    while let Some(timeout) = event_loop.next_timeout() {
        event_loop.turn(timeout).unwrap();
    }
    assert!(started.elapsed() >= Duration::from_secs(1), "they are kept for an era");
    assert_eq!(coro::stack::usage().reserved(), 0);
}

#[test]
fn few_stacks_are_kept_and_disturb_nobody() {
    let event_loop = EventLoop::new().unwrap();
    let few: Vec<_> = (0..4).map(|_| thread::spawn(go_deep)).collect();
    event_loop.run(None).unwrap();
    assert!(few.iter().all(thread::JoinHandle::is_finished));
    assert_eq!(event_loop.next_timeout(), None);
    assert_eq!(coro::stack::usage().pooled(), 4);
}

#[test]
fn an_idle_loop_gives_memory_back_and_then_sleeps_undisturbed() {
    let ended = child::run(|| {
        coro::run(|| {
            spawn_many().into_iter().for_each(|handle| handle.join().unwrap());
            let mut coroutines: Vec<_> = (0..MANY)
                .map(|_| {
                    Coroutine::new(|yielder: &coro::Yielder<(), ()>, ()| {
                        go_deep();
                        yielder.suspend(());
                    })
                })
                .collect();
            for _ in 0..2 {
                for coroutine in &mut coroutines {
                    let _ = coroutine.resume(()).unwrap();
                }
            }
            let full = coro::stack::usage();
            assert_eq!((full.in_use(), full.pooled()), (0, 2 * MANY));
            assert!(full.committed() >= 2 * MANY * 32 * 1024);
            thread::sleep(ERAS);
            assert_eq!(coro::stack::usage().reserved(), 0);
            let before = process::voluntary_switches();
            thread::sleep(ERAS);
            // It goes to sleep once, not at the end of each era.
            assert!(process::voluntary_switches() <= before + 2);
        });
    });
    assert!(ended.success, "{ended:#?}");
}
