//! Time: sleeping, deadlines, events by time, limits, and what holds interrupts back.
//!
//! All of it goes by the loop's clock, which a test can pause: [`now`] is the time by that clock. [`system_now`] is the
//! wall clock, for appointments; it pauses with the other.

mod entries;
mod event_list;
mod timeout;
mod wall;

pub use std::time::{Duration, Instant, SystemTime};

pub use event_list::{EventKey, EventList};
pub(crate) use timeout::Shield;
pub use timeout::{catch, shield, timeout};
pub use wall::{sleep_absolute, system_now};

use crate::sched::wait::{self, Never};

/// The time by the loop's clock: the system's monotonic clock, unless it is paused. Outside any loop, the system's.
///
/// # Examples
/// ```
/// let start = coro::time::now();
/// coro::run(|| assert!(coro::time::now() >= start));
/// ```
#[must_use]
pub fn now() -> Instant {
    wait::now()
}

/// Parks the thread for at least `duration`, as [`std::thread::sleep`]; other threads run meanwhile.
///
/// A zero duration gives way once. A duration that ends beyond the clock's range, such as [`Duration::MAX`], means
/// for ever. Outside any loop it blocks the OS thread. The original manual calls it `sleep_relative`.
///
/// # Interruption
/// Kill, raise and timeout end the sleep.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::run(|| {
///     let start = coro::time::now();
///     coro::time::sleep(Duration::from_millis(10));
///     assert!(coro::time::now() - start >= Duration::from_millis(10));
/// });
/// ```
#[doc(alias = "sleep_relative")]
pub fn sleep(duration: Duration) {
    sleep_to(wait::deadline_after(duration));
}

/// Parks the thread until `deadline` by the loop's clock; it gives way once if that has passed.
///
/// # Interruption
/// Kill, raise and timeout end the sleep.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::run(|| {
///     let deadline = coro::time::now() + Duration::from_millis(5);
///     coro::time::sleep_until(deadline);
///     assert!(coro::time::now() >= deadline);
/// });
/// ```
pub fn sleep_until(deadline: Instant) {
    sleep_to(Some(deadline));
}

fn sleep_to(deadline: Option<Instant>) {
    wait::on(&mut Never, deadline).or_raise();
}
