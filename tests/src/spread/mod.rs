//! Work spread over four OS threads, two of which run a loop: each primitive between threads of one loop, of several
//! loops, and plain OS threads, all at once.
//!
//! The workers have numbers. Each case shares its operations out among them and checks that nothing was lost, doubled
//! or, where an order is promised, overtaken.

#![expect(clippy::unwrap_used, reason = "what does not hold ends the run")]

mod exchange;
mod locks;

use std::ops::Range;
use std::sync::mpsc;
use std::time::Duration;

/// How many workers there are: four threads on each of two loops, and two plain OS threads.
pub const WORKERS: usize = 10;

const ON_FIRST_LOOP: Range<usize> = 0..4;
const ON_SECOND_LOOP: Range<usize> = 4..8;
const PLAIN: Range<usize> = 8..WORKERS;

/// One primitive under work.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What `--only` and the tests call it.
    pub name: &'static str,
    /// Does so many operations in all, and panics if something went wrong.
    run: fn(usize),
}

/// A case's name, and what it does.
type Row = (&'static str, fn(usize));

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    let cases = locks::CASES.iter().chain(exchange::CASES);
    cases.map(|&(name, run)| Case { name, run }).collect()
}

impl Case {
    /// Runs the case on OS threads of its own.
    ///
    /// # Panics
    /// If something was lost, or the case takes longer than `limit`.
    pub fn run(self, operations: usize, limit: Duration) {
        let (done, ended) = mpsc::channel();
        let runner = std::thread::spawn(move || {
            (self.run)(operations);
            // Whoever waits may have given up.
            let _ = done.send(());
        });
        match ended.recv_timeout(limit) {
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("{} hangs: no end after {limit:?}", self.name)
            }
            // The runner has ended, or is about to.
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                runner.join().unwrap_or_else(|_| panic!("{} failed", self.name));
            }
        }
    }
}

/// Runs `work` once for each worker, with its number, and returns when all are done.
fn spread(work: impl Fn(usize) + Sync) {
    let work = &work;
    std::thread::scope(|scope| {
        for on_loop in [ON_FIRST_LOOP, ON_SECOND_LOOP] {
            scope.spawn(move || {
                coro::run(|| {
                    coro::thread::scope(|scope| {
                        for worker in on_loop {
                            scope.spawn(move || work(worker));
                        }
                    });
                });
            });
        }
        for worker in PLAIN {
            scope.spawn(move || work(worker));
        }
    });
}

/// How many of `operations` fall to one of so many.
fn share(operations: usize, among: usize) -> usize {
    operations.div_ceil(among)
}

/// Whether a worker is of the first of two halves, which both are on every OS thread with a loop.
fn is_even(worker: usize) -> bool {
    worker.is_multiple_of(2)
}
