//! The loop's time: the system's monotonic clock, or one that stands still and jumps.

use std::cell::Cell;
use std::time::Instant;

/// A clock that can be paused.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The time at which the clock stands, if it is paused.
    paused_at: Cell<Option<Instant>>,
}

impl Clock {
    pub(crate) fn new(paused: bool) -> Clock {
        Clock { paused_at: Cell::new(paused.then(Instant::now)) }
    }

    pub(crate) fn now(&self) -> Instant {
        self.paused_at.get().unwrap_or_else(Instant::now)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused_at.get().is_some()
    }

    /// Moves a paused clock forward; it never goes back.
    pub(crate) fn jump_to(&self, time: Instant) {
        if let Some(now) = self.paused_at.get() {
            self.paused_at.set(Some(now.max(time)));
        }
    }
}
