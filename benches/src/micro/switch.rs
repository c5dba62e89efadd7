//! The bare corosensei switch: the floor under everything that coro does.

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
