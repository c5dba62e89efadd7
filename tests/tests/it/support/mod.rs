//! Helpers of the tests.

pub(crate) mod both;
pub(crate) mod child;
pub(crate) mod kth;
pub(crate) mod sites;
pub(crate) mod spread;
pub(crate) mod sync_sites;
pub(crate) mod watch;

use std::time::Duration;

/// Shorter than anything a test waits for.
pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);
/// Longer than a test takes by the system's clock; for limits that end a test that hangs.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// Longer than a test takes; only for a paused clock, or for waits that end otherwise.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
