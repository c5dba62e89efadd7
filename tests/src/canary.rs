//! Values that notice when they are dropped twice or never.
//!
//! A [`Canary`] is counted when it is made and when it is dropped, by the [`Drops`] it belongs to. It also carries a
//! pattern that its destructor wipes, so that a second drop, or a look at a canary that is gone, is found at once.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a living canary carries; any other value means that it was dropped or overwritten.
const ALIVE: u64 = 0x5afe_ca9a_11ed_b12d;

/// Counts canaries. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Drops(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Drops {
    /// Makes a canary.
    #[must_use]
    pub fn canary(&self) -> Canary {
        self.0.made.fetch_add(1, Ordering::Relaxed);
        Canary { pattern: Cell::new(ALIVE), drops: self.clone() }
    }

    /// How many canaries were made.
    #[must_use]
    pub fn made(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }

    /// How many canaries were dropped.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Checks that every canary was dropped, and once.
    ///
    /// # Panics
    /// If some still live, or were dropped more than once.
    #[track_caller]
    pub fn expect_none_alive(&self) {
        let (made, dropped) = (self.made(), self.dropped());
        assert_eq!(made, dropped, "{made} canaries were made, {dropped} were dropped");
    }
}

/// A value that must be dropped exactly once.
#[derive(Debug)]
pub struct Canary {
    pattern: Cell<u64>,
    drops: Drops,
}

impl Canary {
    /// Checks that this canary lives and was not overwritten.
    ///
    /// # Panics
    /// If it was dropped or overwritten.
    #[track_caller]
    pub fn check(&self) {
        let pattern = self.pattern.get();
        assert_eq!(pattern, ALIVE, "a canary was dropped or overwritten: {pattern:#x}");
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.check();
        self.pattern.set(0);
        // The compiler may not leave the store out because the value is gone anyway.
        std::hint::black_box(&self.pattern);
        self.drops.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}
