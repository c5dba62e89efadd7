//! A TCP connection.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{self, Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags};

use super::addresses::{self, ToSocketAddrs};
use super::limits::Limits;
use crate::error;
use crate::io::source::Source;
use crate::sys::socket::{self, Direction};

/// A TCP stream between a local and a remote socket, as [`std::net::TcpStream`].
///
/// Reading and writing work through `&TcpStream` too, so that two threads can use both directions at once. Dropping
/// it closes the connection.
///
/// # Interruption
/// Kill, raise and timeout end a wait for the peer: no byte is taken from the stream then and none is sent. While the
/// thread unwinds, an operation that would have to wait fails with [`io::ErrorKind::Other`].
///
/// # Examples
/// ```
/// use coro::net::{TcpListener, TcpStream};
/// use std::io::{Read, Write};
/// coro::run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut client = TcpStream::connect(listener.local_addr()?)?;
///     let (mut server, _) = listener.accept()?;
///     client.write_all(b"ping")?;
///     let mut buf = [0; 4];
///     server.read_exact(&mut buf)?;
///     assert_eq!(&buf, b"ping");
///     Ok(())
/// }).unwrap();
/// ```
pub struct TcpStream {
    pub(super) source: Source<net::TcpStream>,
    limits: Limits,
}

impl TcpStream {
    pub(super) fn from_nonblocking(stream: net::TcpStream) -> TcpStream {
        TcpStream { source: Source::new(stream), limits: Limits::default() }
    }

    pub(super) fn with_limits(stream: net::TcpStream, limits: Limits) -> TcpStream {
        TcpStream { source: Source::new(stream), limits }
    }

    /// The socket, still non-blocking, and its limits.
    pub(super) fn into_parts(self) -> (net::TcpStream, Limits) {
        (self.source.into_inner(), self.limits)
    }

    /// Opens a connection to the first of the addresses that accepts it, as [`std::net::TcpStream::connect`].
    ///
    /// # Errors
    /// That of the last address tried; a name cannot be resolved.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, for the peer and for the look-up of a host name; what was begun is closed.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{SocketAddr, TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let refused = SocketAddr::from(([127, 0, 0, 1], 1)); // nobody listens there
    ///     let open = listener.local_addr()?;
    ///     let stream = TcpStream::connect(&[refused, open][..])?;
    ///     assert_eq!(stream.peer_addr()?, open);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect<A: ToSocketAddrs>(address: A) -> io::Result<TcpStream> {
        addresses::each(address, |address| Self::connect_within(&address, None))
    }

    /// Opens a connection, for at most `limit`, as [`std::net::TcpStream::connect_timeout`].
    ///
    /// # Errors
    /// `TimedOut` after `limit`; `InvalidInput` for a limit of zero; those of [`connect`](Self::connect).
    ///
    /// # Interruption
    /// As [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(5))?;
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect_timeout(address: &SocketAddr, limit: Duration) -> io::Result<TcpStream> {
        if limit.is_zero() {
            return Err(error::zero_duration());
        }
        Self::connect_within(address, Some(limit)).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => error::no_connection(address.to_string(), limit),
            _ => error,
        })
    }

    fn connect_within(address: &SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        let stream = Self::from_nonblocking(socket::start_connect(address)?);
        stream.source.perform(Direction::Write, limit, socket::connect_outcome)?;
        Ok(stream)
    }

    /// The socket, for somebody who may do anything with its descriptor.
    fn handed_out(&self) -> &net::TcpStream {
        self.source.get()
    }

    /// The address of the peer.
    ///
    /// # Errors
    /// Those of the system's `getpeername`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().peer_addr()
    }

    /// The address of this end.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     let (_conn, peer) = listener.accept()?;
    ///     assert_eq!(stream.local_addr()?, peer);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// Shuts down reading, writing, or both; waits that can no longer succeed end.
    ///
    /// # Errors
    /// Those of the system's `shutdown`, such as `NotConnected`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Shutdown, TcpListener, TcpStream};
    /// use std::io::Read;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     let clone = stream.try_clone()?;
    ///     let reader = coro::thread::spawn(move || (&clone).read(&mut [0]));
    ///     coro::thread::yield_now(); // it waits for a byte now
    ///     stream.shutdown(Shutdown::Both)?;
    ///     assert_eq!(reader.join().unwrap()?, 0); // the end of the stream
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.get().shutdown(how)
    }

    /// A second handle to the same connection, with the same timeouts.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     let clone = stream.try_clone()?;
    ///     clone.set_read_timeout(Some(Duration::from_secs(1)))?;
    ///     assert_eq!(stream.read_timeout()?, Some(Duration::from_secs(1)));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn try_clone(&self) -> io::Result<TcpStream> {
        let source = Source::new(self.source.get().try_clone()?);
        Ok(TcpStream { source, limits: self.limits.share() })
    }

    /// Sets how long a read may wait; none means for ever. It holds for the clones too.
    ///
    /// A read that waited so long fails with `WouldBlock`, as std's does on Unix. It counts by the loop's clock.
    ///
    /// # Errors
    /// `InvalidInput` for a limit of zero.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::{io::{ErrorKind, Read}, time::Duration};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?)?;
    ///     client.set_read_timeout(Some(Duration::from_millis(1)))?;
    ///     assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn set_read_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.limits.set_read(limit)
    }

    /// Sets how long a write may wait; none means for ever. It holds for the clones too.
    ///
    /// # Errors
    /// `InvalidInput` for a limit of zero.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::{io::{ErrorKind, Write}, time::Duration};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?)?;
    ///     client.set_write_timeout(Some(Duration::from_millis(1)))?;
    ///     let error = loop {
    ///         // Nobody reads, so the buffers are full sooner or later.
    ///         if let Err(error) = client.write(&[0; 65536]) { break error }
    ///     };
    ///     assert_eq!(error.kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn set_write_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.limits.set_write(limit)
    }

    /// How long a read may wait.
    ///
    /// # Errors
    /// None; it returns a result because std's does.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     assert_eq!(stream.read_timeout()?, None);
    ///     assert!(stream.set_read_timeout(Some(Duration::ZERO)).is_err());
    ///     stream.set_read_timeout(Some(Duration::from_millis(1)))?;
    ///     assert_eq!(stream.read_timeout()?, Some(Duration::from_millis(1)));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.limits.read())
    }

    /// How long a write may wait.
    ///
    /// # Errors
    /// None; it returns a result because std's does.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    ///     assert_eq!(stream.write_timeout()?, Some(Duration::from_secs(1)));
    ///     assert_eq!(stream.read_timeout()?, None); // each direction has its own
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.limits.write())
    }

    /// Reads without taking the bytes off the stream.
    ///
    /// # Errors
    /// As reading.
    ///
    /// # Interruption
    /// As reading; see [`TcpStream`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::io::{Read, Write};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?)?;
    ///     listener.accept()?.0.write_all(b"ab")?;
    ///     let (mut first, mut both) = ([0; 1], [0; 2]);
    ///     client.peek(&mut first)?;
    ///     client.read_exact(&mut both)?;
    ///     assert_eq!((&first, &both), (b"a", b"ab"));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.limits.perform(&self.source, Direction::Read, |stream| {
            socket::receive(stream.as_fd(), buf, RecvFlags::PEEK)
        })
    }

    /// Whether small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     stream.set_nodelay(true)?; // for requests and answers of a few bytes
    ///     assert!(stream.nodelay()?);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.source.get().set_nodelay(nodelay)
    }

    /// Whether small writes are sent at once.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let stream = TcpStream::connect(listener.local_addr()?)?;
    ///     assert!(!stream.nodelay()?); // the system's default
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn nodelay(&self) -> io::Result<bool> {
        self.source.get().nodelay()
    }
}

impl Read for &TcpStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = buf.len();
        let count = self.limits.perform(&self.source, Direction::Read, |stream| {
            socket::receive(stream.as_fd(), buf, RecvFlags::empty())
        })?;
        if 0 < count && count < wanted {
            self.source.note_short(Direction::Read);
        }
        Ok(count)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.limits.perform(&self.source, Direction::Read, |stream| {
            socket::receive_vectored(stream.as_fd(), bufs, RecvFlags::empty())
        })
    }
}

impl Write for &TcpStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let count = self.limits.perform(&self.source, Direction::Write, |stream| {
            socket::send(stream.as_fd(), buf, SendFlags::empty())
        })?;
        if 0 < count && count < buf.len() {
            self.source.note_short(Direction::Write);
        }
        Ok(count)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.limits.perform(&self.source, Direction::Write, |stream| {
            socket::send_vectored(stream.as_fd(), bufs, SendFlags::empty())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for TcpStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(bufs)
    }
}

impl Write for TcpStream {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.get().fmt(f)
    }
}

/// Makes the std stream non-blocking and takes its timeouts over.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl From<net::TcpStream> for TcpStream {
    fn from(stream: net::TcpStream) -> TcpStream {
        stream.set_nonblocking(true).expect("a stream's descriptor can be made non-blocking");
        let (read, write) = (stream.read_timeout(), stream.write_timeout());
        let stream = TcpStream::from_nonblocking(stream);
        // The kernel's own limits are never zero, the one value that is refused.
        let _ = stream.set_read_timeout(read.ok().flatten());
        let _ = stream.set_write_timeout(write.ok().flatten());
        stream
    }
}

/// Makes the stream blocking, as std's are, unless it is in would-block mode, with the same timeouts.
impl From<TcpStream> for net::TcpStream {
    fn from(stream: TcpStream) -> net::TcpStream {
        let (stream, limits) = stream.into_parts();
        let (read, write) = (limits.read(), limits.write());
        let mode = stream.set_nonblocking(limits.is_would_block());
        mode.expect("a stream's descriptor can be made blocking");
        // A time that the system cannot represent is as good as none.
        let _ = stream.set_read_timeout(read);
        let _ = stream.set_write_timeout(write);
        stream
    }
}

super::socket_basics!(TcpStream);
super::socket_handle!(TcpStream, net::TcpStream);
