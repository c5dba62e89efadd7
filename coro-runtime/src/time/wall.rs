//! The wall clock: reading it, and sleeping until it shows a time.
//!
//! It may be set at any moment, and nobody tells us. So whoever waits for it to show a time sleeps in strides by the
//! monotonic clock, and looks at the wall clock after each.

use std::time::{Duration, Instant, SystemTime};

use super::sleep;
use crate::sched::current;

/// The longest stride, and so the longest time for which a change of the wall clock can go unnoticed.
const LONGEST_STRIDE: Duration = Duration::from_secs(30);

/// The wall clock of the loop: the system's, unless the loop's clock is paused. Outside any loop, the system's.
///
/// A [paused](crate::Builder::start_paused) wall clock starts at the time of the loop's start and then goes forward with
/// [`now`](super::now). The original manual reads it with `time.time()`.
///
/// # Examples
/// ```
/// use coro::time::{Duration, sleep, system_now};
/// coro::Builder::new().start_paused(true).run(|| {
///     let evening = system_now();
///     sleep(Duration::from_secs(12 * 3600));
///     assert_eq!(system_now(), evening + Duration::from_secs(12 * 3600));
/// });
/// ```
#[must_use]
pub fn system_now() -> SystemTime {
    Clocks::read().system_now
}

/// Parks the thread until the [wall clock](system_now) shows `time` or later; it gives way once if that has passed.
///
/// Use it for appointments, and [`sleep_until`](super::sleep_until) for everything that is measured from now: the wall
/// clock may be set meanwhile. It works outside any loop, where it blocks the OS thread. The original manual calls it
/// `sleep_absolute`.
///
/// # Precision
/// It never returns while the wall clock shows an earlier time. If the clock is set forward past `time`, it returns
/// within 30 seconds of that; if the clock is set back, it sleeps for longer. Otherwise it is as late as any sleep, by
/// about a millisecond.
///
/// # Interruption
/// Kill, raise and timeout end the sleep.
///
/// # Examples
/// ```
/// use coro::time::{Duration, sleep_absolute, system_now};
/// coro::run(|| {
///     let appointment = system_now() + Duration::from_millis(5);
///     sleep_absolute(appointment);
///     assert!(system_now() >= appointment);
/// });
/// ```
pub fn sleep_absolute(time: SystemTime) {
    loop {
        sleep(Clocks::read().stride_to(time));
        if system_now() >= time {
            return;
        }
    }
}

/// One look at both clocks of the loop.
pub(super) struct Clocks {
    pub(super) now: Instant,
    pub(super) system_now: SystemTime,
    longest_stride: Duration,
}

impl Clocks {
    pub(super) fn read() -> Clocks {
        current::with_loop(|lp| match lp.map(|lp| lp.clock()) {
            // Nobody sets a paused clock.
            Some(clock) if clock.is_paused() => Clocks {
                now: clock.now(),
                system_now: clock.system_now(),
                longest_stride: Duration::MAX,
            },
            _ => Clocks {
                now: Instant::now(),
                system_now: SystemTime::now(),
                longest_stride: LONGEST_STRIDE,
            },
        })
    }

    /// How long to sleep before the next look at the wall clock, when waiting for it to show `time`.
    pub(super) fn stride_to(&self, time: SystemTime) -> Duration {
        let left = time.duration_since(self.system_now).unwrap_or_default();
        left.min(self.longest_stride)
    }

    /// When the wall clock will show `time` if nobody sets it; none, if that is beyond the monotonic clock's range.
    pub(super) fn instant_of(&self, time: SystemTime) -> Option<Instant> {
        match time.duration_since(self.system_now) {
            Ok(left) => self.now.checked_add(left),
            // The monotonic clock may have started later than that.
            Err(past) => Some(self.now.checked_sub(past.duration()).unwrap_or(self.now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clocks() -> Clocks {
        let system_now = SystemTime::UNIX_EPOCH + SECOND * 1_000_000_000;
        Clocks { now: Instant::now(), system_now, longest_stride: LONGEST_STRIDE }
    }

    #[test]
    fn strides_end_at_the_time_or_at_the_next_look() {
        let clocks = clocks();
        let strides = [(0, 0), (1, 1), (29, 29), (31, 30), (1_000_000, 30)];
        for (left, stride) in strides {
            assert_eq!(clocks.stride_to(clocks.system_now + SECOND * left), SECOND * stride);
        }
        assert_eq!(clocks.stride_to(clocks.system_now - SECOND), Duration::ZERO);
        let paused = Clocks { longest_stride: Duration::MAX, ..clocks };
        assert_eq!(paused.stride_to(paused.system_now + SECOND * 1_000_000), SECOND * 1_000_000);
    }

    #[test]
    fn a_time_on_the_wall_is_an_instant_as_far_as_there_is_one() {
        let clocks = clocks();
        assert_eq!(clocks.instant_of(clocks.system_now + SECOND), Some(clocks.now + SECOND));
        assert_eq!(clocks.instant_of(clocks.system_now), Some(clocks.now));
        assert!(clocks.instant_of(clocks.system_now - SECOND) <= Some(clocks.now));
        let half = Duration::from_secs(1 << 62);
        let early = Clocks { system_now: SystemTime::UNIX_EPOCH - half, ..clocks };
        assert_eq!(early.instant_of(SystemTime::UNIX_EPOCH + half), None);
    }
}
