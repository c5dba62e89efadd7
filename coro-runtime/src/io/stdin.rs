//! Standard input.

use std::io::{self, BufRead, IoSliceMut, Lines, Read};
use std::sync::PoisonError;

use super::input::Input;
use super::standard::standard_stream;
use crate::sync::{Mutex, MutexGuard};

static INPUT: Mutex<Input> = Mutex::new(Input::new());

/// A handle to the standard input of the process, as [`std::io::stdin`], whose reads park the thread.
///
/// The descriptor stays in the mode in which the process got it. If it is a file on disk, reads of it block the OS
/// thread for as long as the disk takes. Its buffer is not that of std's `stdin`: what one of them has taken in, the
/// other does not see, so use one.
///
/// # Examples
/// ```no_run
/// use coro::io;
/// coro::run(|| {
///     coro::thread::spawn(|| for line in io::stdin().lines() { println!("you said {line:?}") });
///     coro::thread::sleep(std::time::Duration::from_secs(60)); // the reader does not stop it
/// });
/// ```
#[must_use]
pub fn stdin() -> Stdin {
    Stdin { _private: () }
}

/// A handle to standard input, as [`std::io::Stdin`]; see [`stdin`].
///
/// # Interruption
/// Kill, raise and timeout end the wait of a read. What was asked for as a whole (a line, a number of bytes, everything)
/// is taken as a whole: the part that had come before an interrupt is there for the next read.
///
/// # Examples
/// ```no_run
/// use std::time::Duration;
/// coro::run(|| {
///     let mut line = String::new();
///     match coro::timeout(Duration::from_secs(10), || coro::io::stdin().read_line(&mut line)) {
///         Ok(read) => println!("{} bytes", read.expect("standard input can be read")),
///         Err(_) => println!("too slow; what was typed is not lost"),
///     }
/// });
/// ```
pub struct Stdin {
    _private: (),
}

/// Exclusive use of standard input, as [`std::io::StdinLock`]. Other threads that want it park.
///
/// It stays on its OS thread, as std's:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// send(coro::io::stdin().lock());
/// ```
pub struct StdinLock<'a> {
    input: MutexGuard<'a, Input>,
}

impl Stdin {
    /// Waits for exclusive use.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait.
    ///
    /// # Examples
    /// ```no_run
    /// use coro::io::{self, BufRead};
    /// let mut lines = io::stdin().lock().lines(); // nobody else gets a line in between
    /// let pair = (lines.next(), lines.next());
    /// ```
    pub fn lock(&self) -> StdinLock<'static> {
        StdinLock { input: INPUT.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Locks, and reads a line with its end; `Ok(0)` means the end of the input. See [`BufRead::read_line`].
    ///
    /// # Errors
    /// `InvalidData` if the line is not UTF-8, and it is gone then; those of the system's `read`; `Other` if it would
    /// have to wait while the thread unwinds.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. A line is taken as a whole or not at all.
    ///
    /// # Examples
    /// ```no_run
    /// let mut line = String::new();
    /// coro::io::stdin().read_line(&mut line).expect("standard input can be read");
    /// println!("{}", line.trim_end());
    /// ```
    pub fn read_line(&self, line: &mut String) -> io::Result<usize> {
        self.lock().read_line(line)
    }

    /// Locks for good, and gives the lines, as [`BufRead::lines`].
    ///
    /// # Interruption
    /// As [`read_line`](Self::read_line), for each line.
    ///
    /// # Examples
    /// ```no_run
    /// let longest = coro::io::stdin().lines().map_while(Result::ok).max_by_key(String::len);
    /// ```
    #[must_use = "`self` will be dropped if the result is not used"]
    pub fn lines(self) -> Lines<StdinLock<'static>> {
        self.lock().lines()
    }
}

/// Appends what is UTF-8, and takes it either way.
fn take_text(input: &mut Input, count: usize, text: &mut String) -> io::Result<usize> {
    let appended = std::str::from_utf8(&input.unread()[..count]).map(|read| text.push_str(read));
    input.consume(count);
    appended.map(|()| count).map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidData, "standard input is not valid UTF-8")
    })
}

impl Read for StdinLock<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.input.fill()?.read(buffer)?;
        self.input.consume(count);
        Ok(count)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        let count = self.input.fill()?.read_vectored(buffers)?;
        self.input.consume(count);
        Ok(count)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.input.fill_to(buffer.len())?;
        buffer.copy_from_slice(&self.input.unread()[..buffer.len()]);
        self.input.consume(buffer.len());
        Ok(())
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let count = self.input.fill_to_end()?;
        bytes.extend_from_slice(self.input.unread());
        self.input.consume(count);
        Ok(count)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        let count = self.input.fill_to_end()?;
        take_text(&mut self.input, count, text)
    }
}

impl BufRead for StdinLock<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill()
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    fn read_until(&mut self, delimiter: u8, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let count = self.input.fill_past(delimiter)?;
        bytes.extend_from_slice(&self.input.unread()[..count]);
        self.input.consume(count);
        Ok(count)
    }

    fn read_line(&mut self, line: &mut String) -> io::Result<usize> {
        let count = self.input.fill_past(b'\n')?;
        take_text(&mut self.input, count, line)
    }
}

impl Read for &Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.lock().read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.lock().read_vectored(buffers)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.lock().read_exact(buffer)
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.lock().read_to_end(bytes)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        self.lock().read_to_string(text)
    }
}

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(buffers)
    }

    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        (&*self).read_exact(buffer)
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        (&*self).read_to_end(bytes)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        (&*self).read_to_string(text)
    }
}

standard_stream!(
    Stdin,
    "Stdin",
    rustix::stdio::stdin,
    "println!(\"{}\", coro::io::stdin().is_terminal());"
);
standard_stream!(
    StdinLock<'_>,
    "StdinLock",
    rustix::stdio::stdin,
    "println!(\"{}\", coro::io::stdin().lock().is_terminal());"
);
