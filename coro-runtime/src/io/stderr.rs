//! Standard error, without a buffer.

use std::fmt;
use std::io::{self, Write};
use std::process::Stdio;

use super::reentrant::{Held, Reentrant};
use super::standard::{self, standard_stream};
use rustix::stdio::stderr as fd;

static LOCK: Reentrant = Reentrant::new();

/// A handle to the standard error of the process, as [`std::io::stderr`], whose writes park the thread.
///
/// The descriptor stays in the mode in which the process got it. The macro `eprintln!` uses std's `stderr`, which blocks
/// the OS thread when the reader of a pipe or a terminal is slow.
///
/// # Examples
/// ```
/// use coro::io::{self, Write};
/// coro::run(|| writeln!(io::stderr(), "nothing is wrong")).unwrap();
/// ```
#[must_use]
pub fn stderr() -> Stderr {
    Stderr { _private: () }
}

/// A handle to standard error, as [`std::io::Stderr`]; see [`stderr`].
///
/// # Interruption
/// Kill, raise and timeout end the wait of a write; a message of several parts may have been written in part then.
///
/// # Examples
/// ```
/// use coro::io::{self, Write};
/// let mut errors = io::stderr();
/// errors.write_all(b"outside any loop, it blocks\n").unwrap();
/// ```
pub struct Stderr {
    _private: (),
}

/// Exclusive use of standard error, as [`std::io::StderrLock`]. Other threads that want it park; its own thread may lock
/// again.
///
/// It stays on its OS thread, as std's:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// send(coro::io::stderr().lock());
/// ```
pub struct StderrLock<'a> {
    _held: Held<'a>,
}

impl Stderr {
    /// Waits for exclusive use.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait.
    ///
    /// # Examples
    /// ```
    /// use coro::io::{self, Write};
    /// let mut errors = io::stderr().lock();
    /// writeln!(errors, "two lines").unwrap();
    /// writeln!(errors, "that stay together").unwrap();
    /// ```
    pub fn lock(&self) -> StderrLock<'static> {
        StderrLock { _held: LOCK.lock() }
    }
}

impl Write for StderrLock<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        standard::write(fd(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for &Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.lock().write_all(bytes)
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        self.lock().write_fmt(arguments)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Stderr {
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
        Ok(())
    }
}

impl From<Stderr> for Stdio {
    fn from(_: Stderr) -> Stdio {
        io::stderr().into()
    }
}

standard_stream!(Stderr, "Stderr", fd, "let colours = coro::io::stderr().is_terminal();");
standard_stream!(
    StderrLock<'_>,
    "StderrLock",
    fd,
    "let colours = coro::io::stderr().lock().is_terminal();"
);
