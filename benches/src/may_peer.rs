//! may, configured as a peer: one worker OS thread, so that it schedules on one core as coro and tokio do.

#![expect(unsafe_code, reason = "may's spawn is an unsafe function")]

use std::sync::Once;

use may::coroutine::JoinHandle;

static ONE_WORKER: Once = Once::new();

/// Runs `body` as a may coroutine on the one worker and waits for it on the calling OS thread.
pub(crate) fn run<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    ONE_WORKER.call_once(configure);
    spawn(body).join().expect("the bodies given to may do not panic")
}

/// Spawns a may coroutine; only for use inside [`run`], which fixes the number of workers.
pub(crate) fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    // SAFETY: may asks that a coroutine uses no thread-local across a switch, because it may continue on another
    // worker, and that it does not overflow its stack. `run` came first and left one worker, so none moves; the
    // bodies in this package are flat loops with a buffer of at most 4 KiB on a stack of 32 KiB.
    unsafe { may::coroutine::spawn(body) }
}

/// As [`spawn`], with a stack of so many words.
pub(crate) fn spawn_with_stack<T: Send + 'static>(
    words: usize,
    body: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    let builder = may::coroutine::Builder::new().stack_size(words);
    // SAFETY: as in `spawn`; the one body that is given a smaller stack parks and has a local of 32 bytes.
    unsafe { builder.spawn(body) }
}

fn configure() {
    // may pins its workers to cores of its own choice by default; the benches place processes themselves.
    may::config().set_workers(1).set_worker_pin(false);
}
