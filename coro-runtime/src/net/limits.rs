//! How long a socket's reads and writes may wait.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::error;

/// A socket's read and write timeouts.
///
/// The clones of a socket share them, as the kernel's own timeouts are shared. They are made when first needed.
#[derive(Default)]
pub(super) struct Limits(OnceLock<Arc<Pair>>);

/// Both timeouts in nanoseconds; 0 means none.
#[derive(Default)]
struct Pair {
    read: AtomicU64,
    write: AtomicU64,
}

impl Limits {
    /// The same limits, for a clone of the socket.
    pub(super) fn share(&self) -> Limits {
        Limits(OnceLock::from(self.pair().clone()))
    }

    #[inline]
    pub(super) fn read(&self) -> Option<Duration> {
        load(&self.0.get()?.read)
    }

    #[inline]
    pub(super) fn write(&self) -> Option<Duration> {
        load(&self.0.get()?.write)
    }

    /// # Errors
    /// `InvalidInput` for a limit of zero.
    pub(super) fn set_read(&self, limit: Option<Duration>) -> io::Result<()> {
        store(&self.pair().read, limit)
    }

    /// # Errors
    /// `InvalidInput` for a limit of zero.
    pub(super) fn set_write(&self, limit: Option<Duration>) -> io::Result<()> {
        store(&self.pair().write, limit)
    }

    fn pair(&self) -> &Arc<Pair> {
        self.0.get_or_init(Arc::default)
    }
}

#[inline]
fn load(nanoseconds: &AtomicU64) -> Option<Duration> {
    match nanoseconds.load(Ordering::Relaxed) {
        0 => None,
        nanoseconds => Some(Duration::from_nanos(nanoseconds)),
    }
}

fn store(nanoseconds: &AtomicU64, limit: Option<Duration>) -> io::Result<()> {
    let value = match limit {
        None => 0,
        Some(limit) if limit.is_zero() => return Err(error::zero_duration()),
        // The longest that fits is 584 years.
        Some(limit) => limit.as_nanos().try_into().unwrap_or(u64::MAX),
    };
    nanoseconds.store(value, Ordering::Relaxed);
    Ok(())
}
