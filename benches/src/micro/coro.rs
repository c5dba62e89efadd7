//! The micro rows of coro itself.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use coro::thread;

use super::stretch::{Stretch, WARM_UP};

/// Times `iterations` yields, shared out over `threads` threads.
pub(super) fn yields(threads: usize, iterations: usize) -> Duration {
    let stretch = Arc::new(Stretch::new(threads));
    coro::run(|| {
        let handles: Vec<_> =
            (0..threads).map(|_| spawn_yielder(&stretch, iterations / threads)).collect();
        for handle in handles {
            handle.join().expect("a yielding thread does not fail");
        }
    });
    stretch.elapsed()
}

fn spawn_yielder(stretch: &Arc<Stretch>, share: usize) -> thread::JoinHandle<()> {
    let stretch = Arc::clone(stretch);
    thread::spawn(move || {
        for _ in 0..WARM_UP {
            thread::yield_now();
        }
        stretch.begin();
        for _ in 0..share {
            thread::yield_now();
        }
        stretch.finish();
    })
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

fn spawn(index: usize) -> thread::JoinHandle<usize> {
    thread::spawn(move || black_box(index))
}
