//! Standard output.
//!
//! The bytes of unfinished lines lie under a lock that is never held across a wait; who may touch them at all, the
//! stream's own lock decides. An interrupt in the middle of a flush leaves there what was not written.

use std::fmt;
use std::io::{self, Write};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::reentrant::{Held, Reentrant};
use super::standard::{self, standard_stream};
use rustix::stdio::stdout as fd;

/// How many bytes are kept back at most, as std's line buffer.
const ROOM: usize = 1024;

static LOCK: Reentrant = Reentrant::new();
static UNFINISHED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A handle to the standard output of the process, as [`std::io::stdout`], whose writes park the thread.
///
/// The descriptor stays in the mode in which the process got it. The macro `println!` uses std's `stdout`, which blocks
/// the OS thread when the reader of a pipe or a terminal is slow, and has a buffer of its own.
///
/// # Examples
/// ```
/// use coro::io::{self, Write};
/// coro::run(|| writeln!(io::stdout(), "the answer is {}", 42)).unwrap();
/// ```
#[must_use]
pub fn stdout() -> Stdout {
    Stdout { _private: () }
}

/// A handle to standard output, as [`std::io::Stdout`]; see [`stdout`].
///
/// What is written to the handle itself goes out at once, as a whole, also without a line's end; where std's keeps the
/// last line's beginning back until the next line's end, a flush or the end of the process. Only a
/// [`lock`](Self::lock) keeps it back, until it is dropped.
///
/// # Interruption
/// Kill, raise and timeout end the wait of a write, a part of which may have been done. Up to a kilobyte that had been
/// taken in by then goes out before what is written next.
///
/// # Examples
/// ```
/// use coro::io::{self, Write};
/// coro::run(|| {
///     for number in 0..3 {
///         coro::thread::spawn(move || writeln!(io::stdout(), "line {number}")); // lines do not mix
///     }
///     coro::thread::yield_now();
/// });
/// ```
pub struct Stdout {
    _private: (),
}

/// Exclusive use of standard output, as [`std::io::StdoutLock`]: lines go out when they are complete, and the rest when
/// this is dropped or flushed, so nothing is left when the process ends. Other threads that want it park; its own thread
/// may lock again.
///
/// Errors of the flush on drop are ignored; call `flush` to see them.
///
/// It stays on its OS thread, as std's:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// send(coro::io::stdout().lock());
/// ```
pub struct StdoutLock<'a> {
    _held: Held<'a>,
}

impl Stdout {
    /// Waits for exclusive use.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait.
    ///
    /// # Examples
    /// ```
    /// use coro::io::{self, Write};
    /// coro::run(|| -> io::Result<()> {
    ///     let mut out = io::stdout().lock();
    ///     write!(out, "one line, ")?;
    ///     coro::thread::yield_now(); // nobody else writes in between
    ///     writeln!(out, "in two parts")
    /// }).unwrap();
    /// ```
    pub fn lock(&self) -> StdoutLock<'static> {
        StdoutLock { _held: LOCK.lock() }
    }
}

fn unfinished() -> MutexGuard<'static, Vec<u8>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds bytes to the unfinished line; false if there is no room for them.
fn keep(bytes: &[u8]) -> bool {
    let mut unfinished = unfinished();
    let fits = unfinished.len() + bytes.len() <= ROOM;
    if fits {
        unfinished.extend_from_slice(bytes);
    }
    fits
}

/// Where the last line ends.
fn end_of_lines(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1)
}

impl Write for StdoutLock<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (lines, rest) = bytes.split_at(end_of_lines(bytes));
        if lines.is_empty() && keep(rest) {
            return Ok(rest.len());
        }
        self.flush()?;
        if lines.is_empty() {
            return if keep(rest) { Ok(rest.len()) } else { standard::write(fd(), rest) };
        }
        let count = standard::write(fd(), lines)?;
        // Nothing may overtake lines that the caller still has.
        let kept = count == lines.len() && keep(rest);
        Ok(if kept { bytes.len() } else { count })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (lines, rest) = bytes.split_at(end_of_lines(bytes));
        if !lines.is_empty() {
            // With the beginning of its first line it is one system call.
            let together = keep(lines);
            self.flush()?;
            if !together {
                standard::write_all(fd(), lines)?;
            }
        }
        if keep(rest) {
            return Ok(());
        }
        self.flush()?;
        if keep(rest) { Ok(()) } else { standard::write_all(fd(), rest) }
    }

    fn flush(&mut self) -> io::Result<()> {
        loop {
            let bytes = unfinished().clone();
            if bytes.is_empty() {
                return Ok(());
            }
            match standard::write(fd(), &bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => drop(unfinished().drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for StdoutLock<'_> {
    fn drop(&mut self) {
        // There is nobody to tell; what was not written stays for the next to write.
        let _ = self.flush();
    }
}

impl Write for &Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut lock = self.lock();
        lock.write_all(bytes)?;
        lock.flush()
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        let mut lock = self.lock();
        lock.write_fmt(arguments)?;
        lock.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&*self).write_all(bytes)
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        (&*self).write_fmt(arguments)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl From<Stdout> for Stdio {
    fn from(_: Stdout) -> Stdio {
        io::stdout().into()
    }
}

standard_stream!(Stdout, "Stdout", fd, "let colours = coro::io::stdout().is_terminal();");
standard_stream!(
    StdoutLock<'_>,
    "StdoutLock",
    fd,
    "let colours = coro::io::stdout().lock().is_terminal();"
);
