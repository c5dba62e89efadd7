//! The end of a measured process: what it tells, and when it waits.
//!
//! | line | means |
//! |---|---|
//! | `ready` | there is not even a runtime yet; it waits for a line before it begins |
//! | `held K` | `K` are there and wait |
//! | `built K SECONDS REASON` | there will be no more: all that were asked for, or a reason; it waits for a line |
//! | `woken SUM SECONDS` | all were woken and joined, and returned numbers with this sum; it waits for a line |
//!
//! `go/million.go` does the same.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use super::BATCH;

/// What is kept alive in each thread while it waits.
pub(super) type Local = [u64; 4];

/// Makes the local of a thread.
#[inline]
pub(super) fn local(index: usize) -> Local {
    black_box([index as u64; 4])
}

/// Uses the local after the wait.
#[inline]
pub(super) fn used(local: &Local) -> u64 {
    black_box(local)[0]
}

/// Talks to the process that measures this one.
#[derive(Debug)]
pub(super) struct Child {
    threads: usize,
    began: Instant,
}

impl Child {
    pub(super) fn new(threads: usize) -> Self {
        Self { threads, began: Instant::now() }
    }

    /// Returns how many threads are wanted.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Says that all is ready, and begins when it is told to.
    pub(super) fn begin(&mut self) {
        say_and_wait("ready");
        self.began = Instant::now();
    }

    /// Tells whether so many threads are a batch, which is let run and told of.
    pub(super) fn is_batch(held: usize) -> bool {
        held.is_multiple_of(BATCH)
    }

    /// Says that so many threads wait.
    pub(super) fn held(&self, held: usize) {
        say(&format!("held {held}"));
    }

    /// Says that no more will be made, and for which reason if they are fewer than were wanted.
    pub(super) fn built(&mut self, held: usize, reason: Option<&dyn std::fmt::Display>) {
        let seconds = self.began.elapsed().as_secs_f64();
        let reason = reason.map_or_else(String::new, |reason| format!(" {reason}"));
        say_and_wait(&format!("built {held} {seconds}{}", reason.replace('\n', " ")));
        self.began = Instant::now();
    }

    /// Says that all were woken and joined.
    pub(super) fn woken(&self, sum: u64) {
        say_and_wait(&format!("woken {sum} {}", self.began.elapsed().as_secs_f64()));
    }
}

fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    // If nobody listens any more, the process is about to be ended.
    drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
}

fn say_and_wait(line: &str) {
    say(line);
    drop(io::stdin().read_line(&mut String::new()));
}
