//! A connection of the Unix family.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockAddr, Type};

use super::address;
use crate::net::Socket;
use crate::sys::socket::Direction;

/// A Unix stream socket, as [`std::os::unix::net::UnixStream`].
///
/// Reading and writing work through `&UnixStream` too, so that two threads can use both directions at once. Dropping
/// it closes the connection.
///
/// # Interruption
/// Kill, raise and timeout end a wait for the peer: no byte is taken from the stream then and none is sent. While the
/// thread unwinds, an operation that would have to wait fails with [`io::ErrorKind::Other`].
///
/// # Examples
/// ```
/// use coro::net::UnixStream;
/// use std::io::{Read, Write};
/// coro::run(|| -> std::io::Result<()> {
///     let (mut one, mut other) = UnixStream::pair()?;
///     coro::thread::spawn(move || one.write_all(b"hello"));
///     let mut text = String::new();
///     other.read_to_string(&mut text)?; // parks until `one` is closed
///     assert_eq!(text, "hello");
///     Ok(())
/// }).unwrap();
/// ```
pub struct UnixStream {
    pub(in crate::net) socket: Socket,
}

impl UnixStream {
    /// Connects to the listener whose name is the path, as [`std::os::unix::net::UnixStream::connect`].
    ///
    /// If as many connections as the listener wants wait to be accepted already, it waits for room. The system announces
    /// none, so it tries again after 1 to 100 milliseconds.
    ///
    /// # Errors
    /// Those of the system's `connect`: nobody listens there (`ConnectionRefused`), there is no such file (`NotFound`);
    /// `InvalidInput` for a path that is too long.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; what was begun is closed.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixStream;
    /// let path = std::env::temp_dir().join("coro-nobody-listens-here");
    /// let error = UnixStream::connect(path).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// ```
    pub fn connect<P: AsRef<Path>>(path: P) -> io::Result<UnixStream> {
        Self::connect_to(&address::of_path(path)?)
    }

    /// Connects to the listener of any name; as [`connect`](Self::connect).
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Interruption
    /// As [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use coro::net::{UnixListener, UnixStream};
    /// # #[cfg(target_os = "linux")]
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = UnixListener::bind("")?; // Linux chooses an abstract name
    ///     let stream = UnixStream::connect_addr(&listener.local_addr()?)?;
    ///     assert!(stream.local_addr()?.is_unnamed());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect_addr(socket_addr: &SocketAddr) -> io::Result<UnixStream> {
        Self::connect_to(&address::from_std(socket_addr)?)
    }

    fn connect_to(name: &SockAddr) -> io::Result<UnixStream> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.connect(name)?;
        Ok(UnixStream { socket })
    }

    /// Makes two streams that are connected to each other.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixStream;
    /// use std::io::{Read, Write};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (mut one, mut other) = UnixStream::pair()?;
    ///     one.write_all(b"ab")?;
    ///     let mut buf = [0; 2];
    ///     other.read_exact(&mut buf)?;
    ///     assert_eq!(&buf, b"ab");
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
        Ok((UnixStream { socket: one }, UnixStream { socket: other }))
    }

    /// A second handle to the same connection, with the same timeouts and mode.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixStream;
    /// use std::io::{Read, Write};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = UnixStream::pair()?;
    ///     let mut clone = one.try_clone()?;
    ///     drop(one); // the connection lives as long as there is a handle
    ///     clone.write_all(b"x")?;
    ///     assert_eq!((&other).read(&mut [0; 8])?, 1);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn try_clone(&self) -> io::Result<UnixStream> {
        Ok(UnixStream { socket: self.socket.try_clone()? })
    }

    /// The name of this end.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// let (one, _other) = coro::net::UnixStream::pair().unwrap();
    /// assert!(one.local_addr().unwrap().is_unnamed());
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::into_std(&self.socket.local_addr()?)
    }

    /// The name of the other end.
    ///
    /// # Errors
    /// Those of the system's `getpeername`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{UnixListener, UnixStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("coro-peer-{}", std::process::id()));
    ///     let listener = UnixListener::bind(&path)?;
    ///     let stream = UnixStream::connect(&path)?;
    ///     std::fs::remove_file(&path)?;
    ///     assert_eq!(stream.peer_addr()?.as_pathname(), Some(path.as_path()));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        address::into_std(&self.socket.peer_addr()?)
    }

    /// Takes the socket's pending error, if there is one.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let (one, _other) = coro::net::UnixStream::pair().unwrap();
    /// assert!(one.take_error().unwrap().is_none());
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    /// Shuts down reading, writing, or both; waits that can no longer succeed end.
    ///
    /// # Errors
    /// Those of the system's `shutdown`, such as `NotConnected`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Shutdown, UnixStream};
    /// use std::io::Read;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, mut other) = UnixStream::pair()?;
    ///     one.shutdown(Shutdown::Write)?;
    ///     assert_eq!(other.read(&mut [0; 8])?, 0); // the end of the stream
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }
}

impl Read for &UnixStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.recv(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.socket.recv_vectored(bufs)
    }
}

impl Write for &UnixStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.socket.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.send_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for UnixStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.recv(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.socket.recv_vectored(bufs)
    }
}

impl Write for UnixStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.socket.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket.send_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("UnixStream");
        fields.field("fd", &self.socket.source.get().as_raw_fd());
        if let Ok(name) = self.local_addr() {
            fields.field("local", &name);
        }
        if let Ok(name) = self.peer_addr() {
            fields.field("peer", &name);
        }
        fields.finish()
    }
}

crate::net::socket_timeouts!(UnixStream, "coro::net::UnixStream::pair()?.0");
crate::net::socket_conversions!(UnixStream, net::UnixStream);
crate::net::socket_handle!(UnixStream, net::UnixStream, socket);
