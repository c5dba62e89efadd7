//! The micro rows of coro itself.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use coro::coroutine::{Coroutine, Target, Yielder};
use coro::thread;

use super::stretch::{Stretch, WARM_UP};

/// Times `iterations` yields, shared out over `threads` threads.
pub(super) fn yields(threads: usize, iterations: usize) -> Duration {
    yields_of(thread::Builder::new, threads, iterations)
}

/// As [`yields`], on the smallest stacks there are.
pub(super) fn small_yields(threads: usize, iterations: usize) -> Duration {
    yields_of(|| thread::Builder::new().stack_size(16 << 10), threads, iterations)
}

fn yields_of(builder: fn() -> thread::Builder, threads: usize, iterations: usize) -> Duration {
    let stretch = Arc::new(Stretch::new(threads));
    coro::run(|| {
        let handles: Vec<_> = (0..threads)
            .map(|_| spawn_yielder(builder(), &stretch, iterations / threads))
            .collect();
        for handle in handles {
            handle.join().expect("a yielding thread does not fail");
        }
    });
    stretch.elapsed()
}

/// As [`yields`], with stacks whose tops all lie at the same place of a page.
pub(super) fn uncoloured_yields(threads: usize, iterations: usize) -> Duration {
    coro::__private::colour_stacks(false);
    let elapsed = yields(threads, iterations);
    coro::__private::colour_stacks(true);
    elapsed
}

fn spawn_yielder(
    builder: thread::Builder,
    stretch: &Arc<Stretch>,
    share: usize,
) -> thread::JoinHandle<()> {
    let stretch = Arc::clone(stretch);
    let spawned = builder.spawn(move || {
        for _ in 0..WARM_UP {
            thread::yield_now();
        }
        stretch.begin();
        for _ in 0..share {
            thread::yield_now();
        }
        stretch.finish();
    });
    spawned.expect("there is memory for a stack")
}

/// Times `iterations` spawns and joins with `threads` threads alive at a time.
pub(super) fn spawn_joins(threads: usize, iterations: usize) -> Duration {
    coro::run(|| {
        spawn_and_join(threads, threads);
        let start = Instant::now();
        spawn_and_join(threads, iterations);
        start.elapsed()
    })
}

fn spawn_and_join(threads: usize, iterations: usize) {
    if threads == 1 {
        for index in 0..iterations {
            black_box(spawn(index).join().expect("a thread that returns its index does not fail"));
        }
        return;
    }
    for _ in 0..iterations / threads {
        let handles: Vec<_> = (0..threads).map(spawn).collect();
        for handle in handles {
            black_box(handle.join().expect("a thread that returns its index does not fail"));
        }
    }
}

/// Times `iterations` transfers of a token round a ring of `members` coroutines.
pub(super) fn transfers(members: usize, iterations: usize) -> Duration {
    let targets: Rc<RefCell<Vec<Target<usize>>>> = Rc::default();
    let ring: Vec<_> = (0..members)
        .map(|index| {
            let targets = targets.clone();
            Coroutine::new(move |cx: &Yielder<usize, ()>, token: usize| {
                let next = targets.borrow()[(index + 1) % targets.borrow().len()];
                pass_on(cx, next, token);
            })
        })
        .collect();
    targets.borrow_mut().extend(ring.iter().map(Coroutine::target));
    // Once round, so that all have started and wait.
    ring[0].resume(members).expect("the ring is at rest");
    let start = Instant::now();
    ring[0].resume(iterations).expect("the ring is at rest");
    start.elapsed()
}

/// Passes the token on until it has made its hops.
fn pass_on(cx: &Yielder<usize, ()>, next: Target<usize>, mut token: usize) {
    loop {
        token = if token == 0 {
            cx.main(()).expect("main waits")
        } else {
            cx.transfer(next, token - 1).expect("the next one waits")
        };
    }
}

fn spawn(index: usize) -> thread::JoinHandle<usize> {
    thread::spawn(move || black_box(index))
}
