//! The micro rows of may with one worker. All coroutines are spawned from a coroutine, so none crosses OS threads.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use may::coroutine::{JoinHandle, yield_now};

use super::stretch::{Stretch, WARM_UP};
use crate::may_peer;

/// Times `iterations` yields, shared out over `threads` coroutines.
pub(super) fn yields(threads: usize, iterations: usize) -> Duration {
    may_peer::run(move || {
        let stretch = Arc::new(Stretch::new(threads));
        let handles: Vec<_> =
            (0..threads).map(|_| spawn_yielder(&stretch, iterations / threads)).collect();
        for handle in handles {
            handle.join().expect("a yielding coroutine does not fail");
        }
        stretch.elapsed()
    })
}

fn spawn_yielder(stretch: &Arc<Stretch>, share: usize) -> JoinHandle<()> {
    let stretch = Arc::clone(stretch);
    may_peer::spawn(move || {
        for _ in 0..WARM_UP {
            yield_now();
        }
        stretch.begin();
        for _ in 0..share {
            yield_now();
        }
        stretch.finish();
    })
}

/// Times `iterations` spawns and joins with `threads` coroutines alive at a time.
pub(super) fn spawn_joins(threads: usize, iterations: usize) -> Duration {
    may_peer::run(move || {
        spawn_and_join(threads, threads);
        let start = Instant::now();
        spawn_and_join(threads, iterations);
        start.elapsed()
    })
}

fn spawn_and_join(threads: usize, iterations: usize) {
    if threads == 1 {
        for index in 0..iterations {
            black_box(
                spawn(index).join().expect("a coroutine that returns its index does not fail"),
            );
        }
        return;
    }
    for _ in 0..iterations / threads {
        let handles: Vec<_> = (0..threads).map(spawn).collect();
        for handle in handles {
            black_box(handle.join().expect("a coroutine that returns its index does not fail"));
        }
    }
}

fn spawn(index: usize) -> JoinHandle<usize> {
    may_peer::spawn(move || black_box(index))
}
