//! Any descriptor that the poller takes, in non-blocking mode, with calls that wait.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use super::readiness::Readiness;
use super::source::Source as Registered;
use crate::sys::descriptor;
use crate::sys::socket::Direction;

/// A descriptor of any kind that can be waited for: a pipe, a terminal, an eventfd, a timerfd, a pidfd, inotify, a
/// socket of another library.
///
/// It puts the descriptor into non-blocking mode, and turns each operation that would block into a wait: the thread
/// parks, or blocks its OS thread outside any loop. [`Read`] and [`Write`] work if `T` has them, on `&Source<T>` if `&T`
/// has them; every other operation goes through [`read_with`](Self::read_with) and [`write_with`](Self::write_with).
/// Several threads, of several loops, may use one source at once.
///
/// The mode belongs to what was opened, not to the descriptor: duplicates share it, in other processes too. Dropping a
/// source leaves the mode as it is; [`into_inner`](Self::into_inner) restores it. So wrap a descriptor that is your own,
/// and wrap it once: a loop refuses the same descriptor in a second source with `AlreadyExists`. For the standard streams,
/// which are shared, see [`stdin`](super::stdin). Operations on `T` itself, beside the source, fail with `WouldBlock`
/// where they would block. `T` must have the same descriptor as long as it is in the source: one that puts another in its
/// place is waited for in vain.
///
/// Shaped after `Async` of the crate `async-io` and `AsyncFd` of tokio.
///
/// # Examples
/// ```
/// use coro::io::Source;
/// use std::io::{Read, Write};
/// coro::run(|| -> std::io::Result<()> {
///     let (reader, mut writer) = std::io::pipe()?;
///     let mut reader = Source::new(reader)?;
///     let length = coro::thread::spawn(move || reader.read_to_end(&mut Vec::new())); // parks
///     coro::thread::yield_now();
///     writer.write_all(b"hello")?;
///     drop(writer);
///     assert_eq!(length.join().unwrap()?, 5);
///     Ok(())
/// }).unwrap();
/// ```
#[doc(alias = "AsyncFd")]
pub struct Source<T: AsFd> {
    inner: Registered<T>,
    was_nonblocking: bool,
}

impl<T: AsFd> Source<T> {
    /// Takes over a descriptor and makes it non-blocking.
    ///
    /// # Errors
    /// `Unsupported` for a file on disk, a directory or a block device: the system never says that these would block,
    /// and they do; use [`coro::blocking::unblock`](crate::blocking::unblock). Otherwise those of `fstat` and `fcntl`.
    ///
    /// # Examples
    /// ```
    /// let error = coro::io::Source::new(std::fs::File::open("Cargo.toml").unwrap()).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
    /// assert!(error.to_string().contains("coro::blocking::unblock"));
    /// ```
    pub fn new(inner: T) -> io::Result<Source<T>> {
        if let Some(kind) = descriptor::unpollable(inner.as_fd())? {
            let message = format!(
                "a {kind} cannot be waited for; call its blocking operations in coro::blocking::unblock"
            );
            return Err(io::Error::new(io::ErrorKind::Unsupported, message));
        }
        let was_nonblocking = descriptor::set_nonblocking(inner.as_fd(), true)?;
        Ok(Source { inner: Registered::new(inner), was_nonblocking })
    }

    /// What was wrapped.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsRawFd;
    /// let source = coro::io::Source::new(std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    /// assert!(source.get_ref().local_addr().unwrap().port() > 0);
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &T {
        self.inner.get()
    }

    /// Gives back what was wrapped, in the mode in which it was found.
    ///
    /// # Errors
    /// Those of `fcntl`; the descriptor is closed then.
    ///
    /// # Examples
    /// ```
    /// use std::io::{Read, Write};
    /// let (reader, mut writer) = std::io::pipe().unwrap();
    /// let mut reader = coro::io::Source::new(reader).unwrap().into_inner().unwrap();
    /// std::thread::spawn(move || writer.write_all(&[1, 2, 3]));
    /// assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 3); // it blocks again
    /// ```
    pub fn into_inner(self) -> io::Result<T> {
        let inner = self.inner.into_inner();
        if !self.was_nonblocking {
            descriptor::set_nonblocking(inner.as_fd(), false)?;
        }
        Ok(inner)
    }

    /// Parks the thread until there is something to read, the end of the stream, or an error.
    ///
    /// No timeout means for ever; a timeout of zero only looks. Another thread may be faster to take what is there, so
    /// what follows may have to wait all the same. Outside any loop it blocks the OS thread.
    ///
    /// # Errors
    /// `TimedOut` around a [`TimeoutError`](crate::TimeoutError) after `timeout`; `Other` around a
    /// [`SocketError`](crate::SocketError) if it would have to wait while the thread unwinds; those of the poller.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. It takes nothing, so nothing is lost.
    ///
    /// # Examples
    /// ```
    /// use std::io::Write;
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (reader, mut writer) = std::io::pipe()?;
    ///     let reader = coro::io::Source::new(reader)?;
    ///     let error = reader.wait_for_read(Some(Duration::from_millis(1))).unwrap_err();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    ///     writer.write_all(b"!")?;
    ///     reader.wait_for_read(None)
    /// }).unwrap();
    /// ```
    pub fn wait_for_read(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.inner.wait_until_ready(Direction::Read, timeout)
    }

    /// Parks the thread until something can be written, or there is an error.
    ///
    /// The timeout is that of [`wait_for_read`](Self::wait_for_read).
    ///
    /// # Errors
    /// As [`wait_for_read`](Self::wait_for_read).
    ///
    /// # Interruption
    /// As [`wait_for_read`](Self::wait_for_read).
    ///
    /// # Examples
    /// ```
    /// let (_reader, writer) = std::io::pipe().unwrap();
    /// let writer = coro::io::Source::new(writer).unwrap();
    /// writer.wait_for_write(Some(std::time::Duration::ZERO)).unwrap(); // there is room
    /// ```
    pub fn wait_for_write(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.inner.wait_until_ready(Direction::Write, timeout)
    }

    /// Its readiness for reading, to wait for in a [`select!`](crate::select) beside other things.
    ///
    /// # Examples
    /// ```
    /// use coro::io::Source;
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (reader, _writer) = std::io::pipe()?;
    ///     let reader = Source::new(reader)?;
    ///     coro::select! {
    ///         wait(reader.readable()) -> _ready => panic!("nobody has written"),
    ///         wait(Duration::from_millis(1)) => {}
    ///     }
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn readable(&self) -> Readiness<'_> {
        self.inner.readiness(Direction::Read)
    }

    /// Its readiness for writing, to wait for in a [`select!`](crate::select) beside other things.
    ///
    /// # Examples
    /// ```
    /// use coro::io::Source;
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (_reader, writer) = std::io::pipe()?;
    ///     let writer = Source::new(writer)?;
    ///     coro::select! {
    ///         wait(writer.writable()) -> ready => ready,
    ///         wait(Duration::from_secs(60)) => panic!("there is room"),
    ///     }
    /// }).unwrap();
    /// ```
    pub fn writable(&self) -> Readiness<'_> {
        self.inner.readiness(Direction::Write)
    }

    /// Does an operation that takes something from the descriptor, and parks the thread whenever it would block.
    ///
    /// The operation is called until it gives something else than `WouldBlock`: at once, and after each time that the
    /// descriptor has become readable. So `WouldBlock` must mean that the *system* had nothing more to give: what
    /// pretends it is not called again before more arrives.
    ///
    /// # Errors
    /// Those of the operation; `Other` around a [`SocketError`](crate::SocketError) if it would have to wait while the
    /// thread unwinds; those of the poller.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, between two calls of the operation.
    ///
    /// # Examples
    /// ```
    /// use std::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let socket = coro::io::Source::new(UdpSocket::bind("127.0.0.1:0")?)?;
    ///     let sender = UdpSocket::bind("127.0.0.1:0")?;
    ///     sender.send_to(b"hello", socket.get_ref().local_addr()?)?;
    ///     let mut buffer = [0; 16];
    ///     let (count, from) = socket.read_with(|socket| socket.recv_from(&mut buffer))?;
    ///     assert_eq!((count, from), (5, sender.local_addr()?));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn read_with<R>(&self, operation: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.inner.perform_foreign(Direction::Read, operation)
    }

    /// Does an operation that gives something to the descriptor, and parks the thread whenever it would block.
    ///
    /// It is to [`wait_for_write`](Self::wait_for_write) what [`read_with`](Self::read_with) is to
    /// [`wait_for_read`](Self::wait_for_read).
    ///
    /// # Errors
    /// As [`read_with`](Self::read_with).
    ///
    /// # Interruption
    /// As [`read_with`](Self::read_with).
    ///
    /// # Examples
    /// ```
    /// use std::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = UdpSocket::bind("127.0.0.1:0")?;
    ///     let sender = coro::io::Source::new(UdpSocket::bind("127.0.0.1:0")?)?;
    ///     let address = receiver.local_addr()?;
    ///     assert_eq!(sender.write_with(|socket| socket.send_to(b"hello", address))?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn write_with<R>(&self, operation: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.inner.perform_foreign(Direction::Write, operation)
    }
}

impl<T: AsFd + Read> Read for Source<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.perform_mut(Direction::Read, |inner| inner.read(buffer))
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.inner.perform_mut(Direction::Read, |inner| inner.read_vectored(buffers))
    }
}

impl<T: AsFd> Read for &Source<T>
where
    for<'a> &'a T: Read,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|mut inner| inner.read(buffer))
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_with(|mut inner| inner.read_vectored(buffers))
    }
}

impl<T: AsFd + Write> Write for Source<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.perform_mut(Direction::Write, |inner| inner.write(bytes))
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.inner.perform_mut(Direction::Write, |inner| inner.write_vectored(buffers))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.perform_mut(Direction::Write, |inner| inner.flush())
    }
}

impl<T: AsFd> Write for &Source<T>
where
    for<'a> &'a T: Write,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|mut inner| inner.write(bytes))
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|mut inner| inner.write_vectored(buffers))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_with(|mut inner| inner.flush())
    }
}

impl<T: AsFd> AsFd for Source<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: AsFd> AsRawFd for Source<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl<T: AsFd + fmt::Debug> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(self.get_ref()).finish()
    }
}
