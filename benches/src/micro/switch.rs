//! The bare corosensei switch: the floor under everything that coro does.

use std::hint::black_box;
use std::time::{Duration, Instant};

use corosensei::{Coroutine, CoroutineResult};

/// Times `iterations` round trips (one resume and one suspend) into one coroutine.
pub(super) fn round_trips(_threads: usize, iterations: usize) -> Duration {
    let mut coroutine = Coroutine::new(move |yielder, ()| {
        for _ in 0..iterations {
            yielder.suspend(());
        }
    });
    let start = Instant::now();
    while let CoroutineResult::Yield(()) = coroutine.resume(()) {}
    start.elapsed()
}

/// Times `iterations` round trips, made in turn into each of `members` coroutines.
pub(super) fn rounds(members: usize, iterations: usize) -> Duration {
    let make = |_| {
        Coroutine::<(), (), ()>::new(move |yielder, ()| {
            for _ in 0..iterations / members {
                yielder.suspend(());
            }
        })
    };
    let mut ring: Vec<_> = (0..members).map(make).collect();
    let start = Instant::now();
    // They all end in the last round, as each was resumed equally often.
    while !ring[0].done() {
        for coroutine in &mut ring {
            black_box(coroutine.resume(()));
        }
    }
    start.elapsed()
}
