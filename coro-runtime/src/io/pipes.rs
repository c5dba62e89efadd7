//! Anonymous pipes whose ends park.
//!
//! An end is non-blocking until somebody who shares it changes that, as giving a clone to a child process does. So one
//! that may be shared asks the system before each operation, and then writes no more than must fit.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use super::readiness::Readiness;
use super::source::Source;
use crate::sys::descriptor::{self, PIPE_BUF};
use crate::sys::socket::{self, Direction};

/// Makes a pipe, as [`std::io::pipe`], whose ends park the thread where std's block.
///
/// # Errors
/// Those of the system's `pipe`, mostly too many open files.
///
/// # Examples
/// ```
/// use coro::io::{self, Read, Write};
/// coro::run(|| -> io::Result<()> {
///     let (mut reader, mut writer) = io::pipe()?;
///     coro::thread::spawn(move || writer.write_all(&[7; 1_000_000])); // more than a pipe holds
///     assert_eq!(reader.read_to_end(&mut Vec::new())?, 1_000_000);
///     Ok(())
/// }).unwrap();
/// ```
pub fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    Ok((PipeReader::of_its_own(reader), PipeWriter::of_its_own(writer)))
}

/// The reading end of a [`pipe`], as [`std::io::PipeReader`].
///
/// It is non-blocking inside. Given to a child process as [`Stdio`], or turned into std's type or an [`OwnedFd`], it
/// becomes blocking, and with it its clones for the system. These still park the thread, but not if somebody else, such as
/// that child, reads from the same end and takes what there was between a look at it and the read. The other end is not
/// affected. From a raw descriptor it is made through an [`OwnedFd`].
///
/// # Interruption
/// Kill, raise and timeout end the wait of a read, which has taken nothing then.
///
/// # Examples
/// ```
/// use coro::io::{self, Read, Write};
/// use std::process::Command;
/// coro::run(|| -> io::Result<()> {
///     let (mut reader, writer) = io::pipe()?;
///     let mut child = Command::new("echo").arg("hello").stdout(writer).spawn()?;
///     let mut text = String::new();
///     reader.read_to_string(&mut text)?; // parks until the child has closed its end
///     assert_eq!(text, "hello\n");
///     child.wait()?;
///     Ok(())
/// }).unwrap();
/// ```
pub struct PipeReader {
    source: Source<io::PipeReader>,
    /// Whether there may be other handles to the end, which can make it blocking.
    is_shared: AtomicBool,
}

/// The writing end of a [`pipe`], as [`std::io::PipeWriter`].
///
/// What is said of the mode of [`PipeReader`] holds here too. An end that may be shared takes 4 KiB at a time (512 bytes
/// on systems other than Linux), for a pipe in blocking mode need not have room for more.
///
/// # Interruption
/// Kill, raise and timeout end the wait of a write, which has written nothing then; `write_all` may have written a part.
///
/// # Examples
/// ```
/// use coro::io::{self, Read, Write};
/// let (reader, mut writer) = io::pipe().unwrap();
/// drop(reader);
/// assert_eq!(writer.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
/// ```
pub struct PipeWriter {
    source: Source<io::PipeWriter>,
    /// As in [`PipeReader`].
    is_shared: AtomicBool,
}

/// How much an operation may move.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    /// What goes without blocking, whatever the mode.
    Certain,
    /// As much as there is: the end is non-blocking.
    Whatever,
}

/// Implements what both ends have.
macro_rules! pipe_end {
    ($end:ident) => {
        impl $end {
            /// Another handle to the same end.
            ///
            /// # Errors
            /// Those of the system's `dup`.
            ///
            /// # Examples
            /// ```
            /// use coro::io::{self, Read, Write};
            /// let (reader, writer) = io::pipe().unwrap();
            /// let (mut reader, mut writer) = (reader.try_clone().unwrap(), writer.try_clone().unwrap());
            /// writer.write_all(b"!").unwrap();
            /// reader.read_exact(&mut [0]).unwrap();
            /// ```
            pub fn try_clone(&self) -> io::Result<$end> {
                Ok($end::shared(self.handed_out().try_clone()?))
            }

            fn of_its_own(end: io::$end) -> $end {
                $end { is_shared: AtomicBool::new(false), ..$end::from(end) }
            }

            /// From an end that is non-blocking.
            fn shared(end: io::$end) -> $end {
                $end { source: Source::new(end), is_shared: AtomicBool::new(true) }
            }

            /// The end, for somebody who may do anything with its descriptor.
            fn handed_out(&self) -> &io::$end {
                self.is_shared.store(true, Ordering::Relaxed);
                self.source.get()
            }

            fn is_shared(&self) -> bool {
                self.is_shared.load(Ordering::Relaxed)
            }

            /// Does `operation` as soon as it need not wait.
            fn perform<R>(
                &self,
                direction: Direction,
                mut operation: impl FnMut(&io::$end, Room) -> io::Result<R>,
            ) -> io::Result<R> {
                self.source.perform(direction, None, |end| {
                    let room = if self.is_shared() { Room::Certain } else { Room::Whatever };
                    if room == Room::Certain && !socket::is_ready(end.as_fd(), direction)? {
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                    operation(end, room)
                })
            }
        }

        /// Makes the end non-blocking.
        impl From<io::$end> for $end {
            fn from(end: io::$end) -> $end {
                descriptor::set_nonblocking(end.as_fd(), true)
                    .expect("a pipe's descriptor can be made non-blocking");
                $end::shared(end)
            }
        }

        /// Makes the end blocking, as std's are.
        impl From<$end> for io::$end {
            fn from(end: $end) -> io::$end {
                let end = end.source.into_inner();
                descriptor::set_nonblocking(end.as_fd(), false)
                    .expect("a pipe's descriptor can be made blocking");
                end
            }
        }

        impl From<OwnedFd> for $end {
            fn from(fd: OwnedFd) -> $end {
                io::$end::from(fd).into()
            }
        }

        /// Makes the end blocking, as std's are.
        impl From<$end> for OwnedFd {
            fn from(end: $end) -> OwnedFd {
                io::$end::from(end).into()
            }
        }

        /// Makes the end blocking, as child processes expect it.
        impl From<$end> for Stdio {
            fn from(end: $end) -> Stdio {
                io::$end::from(end).into()
            }
        }

        impl AsFd for $end {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.handed_out().as_fd()
            }
        }

        impl AsRawFd for $end {
            fn as_raw_fd(&self) -> RawFd {
                self.handed_out().as_raw_fd()
            }
        }

        /// Makes the end blocking, as std's are.
        impl IntoRawFd for $end {
            fn into_raw_fd(self) -> RawFd {
                io::$end::from(self).into_raw_fd()
            }
        }

        impl fmt::Debug for $end {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.source.get().fmt(f)
            }
        }
    };
}

pipe_end!(PipeReader);
pipe_end!(PipeWriter);

impl PipeReader {
    /// Its readiness to be read, to wait for in a [`select!`](crate::select) beside other things: there are bytes, or the
    /// last writer is gone.
    ///
    /// # Examples
    /// ```
    /// use coro::io::{self, Read};
    /// use std::time::Duration;
    /// coro::run(|| -> io::Result<()> {
    ///     let (mut reader, writer) = io::pipe()?;
    ///     coro::select! {
    ///         wait(reader.readable()) -> _ready => panic!("nobody has written"),
    ///         wait(Duration::from_millis(1)) => drop(writer),
    ///     }
    ///     coro::select! {
    ///         wait(reader.readable()) -> ready => ready?,
    ///         wait(Duration::from_secs(60)) => panic!("there is the end"),
    ///     }
    ///     assert_eq!(reader.read(&mut [0])?, 0);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn readable(&self) -> Readiness<'_> {
        self.source.readiness(Direction::Read)
    }
}

impl PipeWriter {
    /// Its readiness to be written, to wait for in a [`select!`](crate::select) beside other things: there is room, or the
    /// last reader is gone.
    ///
    /// # Examples
    /// ```
    /// use coro::io::{self, Write};
    /// use std::time::Duration;
    /// coro::run(|| -> io::Result<()> {
    ///     let (_reader, mut writer) = io::pipe()?;
    ///     coro::select! {
    ///         wait(writer.writable()) -> ready => ready?,
    ///         wait(Duration::from_secs(60)) => panic!("there is room"),
    ///     }
    ///     writer.write_all(b"!")
    /// }).unwrap();
    /// ```
    pub fn writable(&self) -> Readiness<'_> {
        self.source.readiness(Direction::Write)
    }
}

/// What a pipe takes without blocking when it is writable.
fn certain_to_fit(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(PIPE_BUF)]
}

fn first_of<'a>(buffers: &'a [IoSlice<'_>]) -> &'a [u8] {
    buffers.iter().find(|buffer| !buffer.is_empty()).map_or(&[], |buffer| buffer)
}

impl Read for &PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.perform(Direction::Read, |mut end, _| end.read(buffer))
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.perform(Direction::Read, |mut end, _| end.read_vectored(buffers))
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(buffers)
    }
}

impl Write for &PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.perform(Direction::Write, |mut end, room| match room {
            Room::Certain => end.write(certain_to_fit(bytes)),
            Room::Whatever => end.write(bytes),
        })
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.perform(Direction::Write, |mut end, room| match room {
            Room::Certain => end.write(certain_to_fit(first_of(buffers))),
            Room::Whatever => end.write_vectored(buffers),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(buffers)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
