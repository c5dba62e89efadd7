//! Accepting, as all listening sockets do it: what passes by itself is waited for, not reported.

use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::limits::Limits;
use crate::io::source::Source;
use crate::sys::socket::{self, Direction};
use crate::time;

/// The first and the longest pause after a shortage of descriptors or memory.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Waits for a connection and takes it with `operation`; each single wait is bounded by `limits`. In would-block mode it
/// does not wait.
///
/// `is_shared` says whether there may be other handles to the socket, which can take its non-blocking mode away.
///
/// # Errors
/// Those of `operation`, but for connections given up by their peers and shortages; `WouldBlock` after the read limit.
pub(super) fn accept<S: AsFd, R>(
    source: &Source<S>,
    is_shared: &AtomicBool,
    limits: &Limits,
    operation: impl Fn(&S) -> io::Result<R>,
) -> io::Result<R> {
    let mut pause = FIRST_PAUSE;
    loop {
        let outcome = limits.perform(source, Direction::Read, |listener| {
            // `accept` has no flag that keeps it from blocking, and a clone that was converted into std's type has
            // made the socket blocking. Asking first keeps the loop going.
            if is_shared.load(Ordering::Relaxed)
                && !socket::is_ready(listener.as_fd(), Direction::Read)?
            {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            operation(listener)
        });
        match outcome {
            Err(error) if is_given_up(&error) => {}
            Err(error) if is_shortage(&error) && may_sleep(limits) => {
                time::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

/// Whether a shortage may be sat out.
fn may_sleep(limits: &Limits) -> bool {
    !limits.is_would_block() && !crate::thread::panicking()
}

/// Whether the peer was gone before the connection was accepted.
fn is_given_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

/// Whether the process or the system lacks what a connection needs, which may change.
fn is_shortage(error: &io::Error) -> bool {
    let shortages = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    error.raw_os_error().is_some_and(|code| shortages.contains(&code))
}
