//! The measured stretch of a yield bench: after every thread has started, until the last one is done.
//!
//! Each thread yields [`WARM_UP`] times, calls [`Stretch::begin`], yields its share, and calls [`Stretch::finish`].
//! Ready queues are first in, first out, so when the first thread begins, all the others have started and are at most
//! one yield behind: between the two instants lie the yields of all threads and nothing else.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How often a thread yields before it begins.
pub(super) const WARM_UP: usize = 2;

#[derive(Debug)]
pub(super) struct Stretch {
    start: OnceLock<Instant>,
    end: OnceLock<Instant>,
    unfinished: AtomicUsize,
}

impl Stretch {
    pub(super) fn new(threads: usize) -> Self {
        Self { start: OnceLock::new(), end: OnceLock::new(), unfinished: AtomicUsize::new(threads) }
    }

    /// Starts the clock if the calling thread is the first one here.
    pub(super) fn begin(&self) {
        self.start.get_or_init(Instant::now);
    }

    /// Stops the clock if the calling thread is the last one here.
    pub(super) fn finish(&self) {
        if self.unfinished.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.end.get_or_init(Instant::now);
        }
    }

    /// Returns the time between the first [`begin`](Self::begin) and the last [`finish`](Self::finish).
    pub(super) fn elapsed(&self) -> Duration {
        let start = self.start.get().expect("a thread has begun");
        let end = self.end.get().expect("every thread has finished");
        *end - *start
    }
}
