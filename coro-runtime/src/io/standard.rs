//! What the standard streams share: waiting for a descriptor that must stay in blocking mode.
//!
//! The descriptors 0 to 2 belong to whoever started the process as much as to the process: a shell whose terminal has
//! become non-blocking misbehaves. So the mode is left alone, and each call first waits until the descriptor is ready. It
//! is registered only while somebody waits for it. The streams' locks see to it that nobody else of this process takes
//! what it is ready for; if another *process* is faster, the call blocks the OS thread as std's would.

use std::io;
use std::os::fd::BorrowedFd;

use super::source::Source;
use crate::sched::current;
use crate::sys::descriptor;
use crate::sys::socket::Direction;

/// Reads once into the room that `buffer` has left, as soon as there is something; how much it was.
pub(super) fn read(fd: BorrowedFd<'static>, buffer: &mut Vec<u8>) -> io::Result<usize> {
    wait_until_ready(fd, Direction::Read)?;
    or_if_closed(descriptor::read(fd, buffer), 0)
}

/// Writes as much as goes at once, as soon as there is room for something; how much it was.
pub(super) fn write(fd: BorrowedFd<'static>, bytes: &[u8]) -> io::Result<usize> {
    wait_until_ready(fd, Direction::Write)?;
    or_if_closed(descriptor::write_some(fd, bytes), bytes.len())
}

/// Writes everything.
pub(super) fn write_all(fd: BorrowedFd<'static>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(fd, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn wait_until_ready(fd: BorrowedFd<'static>, direction: Direction) -> io::Result<()> {
    // Outside any loop the call itself blocks, as std's.
    if current::with(|cx| cx.is_none()) {
        return Ok(());
    }
    // Dropping the source takes the registration back and closes nothing.
    Source::new(fd).wait_until_ready(direction, None)
}

/// A stream that is not open is at its end and swallows what is written, as std's.
fn or_if_closed(outcome: io::Result<usize>, otherwise: usize) -> io::Result<usize> {
    match outcome {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(otherwise),
        outcome => outcome,
    }
}

/// Implements what all standard streams and their locks have.
macro_rules! standard_stream {
    ($stream:ty, $name:literal, $fd:path, $example:literal) => {
        impl $stream {
            /// Whether it is a terminal, as [`IsTerminal::is_terminal`](std::io::IsTerminal::is_terminal), a trait that
            /// only std's types can have.
            ///
            /// # Examples
            /// ```
            #[doc = $example]
            /// ```
            #[must_use]
            pub fn is_terminal(&self) -> bool {
                std::io::IsTerminal::is_terminal(&$fd())
            }
        }

        impl std::os::fd::AsFd for $stream {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                $fd()
            }
        }

        impl std::os::fd::AsRawFd for $stream {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(&$fd())
            }
        }

        impl std::fmt::Debug for $stream {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct($name).finish_non_exhaustive()
            }
        }
    };
}

pub(super) use standard_stream;
