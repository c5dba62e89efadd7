//! The loop's time: the system's clocks, or clocks that stand still and jump.

use std::cell::Cell;
use std::time::{Instant, SystemTime};

/// The monotonic clock and the wall clock, which can be paused together.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Where the clocks stand, if they are paused.
    paused_at: Cell<Option<(Instant, SystemTime)>>,
}

impl Clock {
    pub(crate) fn new(paused: bool) -> Clock {
        let now = paused.then(|| (Instant::now(), SystemTime::now()));
        Clock { paused_at: Cell::new(now) }
    }

    pub(crate) fn now(&self) -> Instant {
        self.paused_at.get().map_or_else(Instant::now, |(now, _)| now)
    }

    pub(crate) fn system_now(&self) -> SystemTime {
        self.paused_at.get().map_or_else(SystemTime::now, |(_, now)| now)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused_at.get().is_some()
    }

    /// Moves paused clocks forward; they never go back.
    pub(crate) fn jump_to(&self, time: Instant) {
        if let Some((now, system_now)) = self.paused_at.get() {
            let step = time.saturating_duration_since(now);
            // The wall clock stops where its range ends.
            let system_time = system_now.checked_add(step).unwrap_or(system_now);
            self.paused_at.set(Some((now.max(time), system_time)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn paused_clocks_jump_together_and_never_back() {
        let clock = Clock::new(true);
        let (start, system_start) = (clock.now(), clock.system_now());
        let second = Duration::from_secs(1);
        clock.jump_to(start + second);
        clock.jump_to(start);
        assert_eq!((clock.now(), clock.system_now()), (start + second, system_start + second));
    }

    #[test]
    fn clocks_that_are_not_paused_are_the_system_s() {
        let clock = Clock::new(false);
        let (before, system_before) = (Instant::now(), SystemTime::now());
        clock.jump_to(before + Duration::from_secs(3600));
        assert!(clock.now() >= before);
        assert!(clock.now() < before + Duration::from_secs(3600));
        let hour = Duration::from_secs(3600);
        assert!(clock.system_now() > system_before - hour);
        assert!(clock.system_now() < system_before + hour);
    }
}
