//! How long a socket's operations may wait: its two timeouts and whether it waits at all.

use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::error;
use crate::io::source::Source;
use crate::sys::socket::Direction;

/// A socket's read and write timeouts and its would-block mode.
///
/// The clones of a socket share them, as the kernel's own settings are shared. They are made when first needed.
#[derive(Default)]
pub(super) struct Limits(OnceLock<Arc<Shared>>);

#[derive(Default)]
struct Shared {
    /// Both timeouts in nanoseconds; 0 means none.
    read: AtomicU64,
    write: AtomicU64,
    /// Operations are tried once and do not wait.
    would_block: AtomicBool,
}

/// How an operation deals with a socket that is not ready.
enum Patience {
    /// It fails with `WouldBlock`.
    OneTry,
    /// It waits, for so long at most.
    Until(Option<Duration>),
}

impl Limits {
    /// The same limits, for a clone of the socket.
    pub(super) fn share(&self) -> Limits {
        Limits(OnceLock::from(self.shared().clone()))
    }

    /// Does `operation` as soon as the socket is ready for it, or just once in would-block mode.
    ///
    /// # Errors
    /// Those of [`Source::perform`].
    #[inline]
    pub(super) fn perform<S: AsFd, R>(
        &self,
        source: &Source<S>,
        direction: Direction,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        match self.patience(direction) {
            Patience::OneTry => source.attempt(operation),
            Patience::Until(limit) => source.perform(direction, limit, operation),
        }
    }

    /// As [`perform`](Self::perform), where no edge may announce that the socket is ready.
    ///
    /// # Errors
    /// Those of [`Source::perform_by_trying`].
    pub(super) fn perform_by_trying<S: AsFd, R>(
        &self,
        source: &Source<S>,
        direction: Direction,
        operation: impl FnMut(&S) -> io::Result<R>,
    ) -> io::Result<R> {
        match self.patience(direction) {
            Patience::OneTry => source.attempt(operation),
            Patience::Until(limit) => source.perform_by_trying(direction, limit, operation),
        }
    }

    /// Whether operations are tried once and do not wait.
    pub(super) fn is_would_block(&self) -> bool {
        self.0.get().is_some_and(|shared| shared.would_block.load(Ordering::Relaxed))
    }

    pub(super) fn set_would_block(&self, would_block: bool) {
        self.shared().would_block.store(would_block, Ordering::Relaxed);
    }

    #[inline]
    fn patience(&self, direction: Direction) -> Patience {
        let Some(shared) = self.0.get() else { return Patience::Until(None) };
        if shared.would_block.load(Ordering::Relaxed) {
            return Patience::OneTry;
        }
        Patience::Until(match direction {
            Direction::Read => load(&shared.read),
            Direction::Write => load(&shared.write),
        })
    }

    pub(super) fn read(&self) -> Option<Duration> {
        load(&self.0.get()?.read)
    }

    pub(super) fn write(&self) -> Option<Duration> {
        load(&self.0.get()?.write)
    }

    /// # Errors
    /// `InvalidInput` for a limit of zero.
    pub(super) fn set_read(&self, limit: Option<Duration>) -> io::Result<()> {
        store(&self.shared().read, limit)
    }

    /// # Errors
    /// `InvalidInput` for a limit of zero.
    pub(super) fn set_write(&self, limit: Option<Duration>) -> io::Result<()> {
        store(&self.shared().write, limit)
    }

    fn shared(&self) -> &Arc<Shared> {
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
