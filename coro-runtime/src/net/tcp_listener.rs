//! A TCP server socket.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::addresses::{self, ToSocketAddrs};
use super::source::Source;
use super::tcp_stream::TcpStream;
use crate::sys::socket::{self, Direction, block_until_ready};
use crate::time;

/// The first and the longest pause after a shortage of descriptors or memory.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A TCP socket server, listening for connections, as [`std::net::TcpListener`].
///
/// Any number of threads may accept on one listener.
///
/// # Examples
/// ```
/// use coro::net::{TcpListener, TcpStream};
/// coro::run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     let client = coro::thread::spawn(move || TcpStream::connect(address));
///     let (_conn, peer) = listener.accept()?;
///     assert_eq!(client.join().unwrap()?.local_addr()?, peer);
///     Ok(())
/// }).unwrap();
/// ```
pub struct TcpListener {
    source: Source<net::TcpListener>,
    /// Whether there may be other handles to the socket, which can take its non-blocking mode away.
    is_shared: AtomicBool,
}

impl TcpListener {
    /// Makes a listener bound to the first of the addresses that can be bound, as [`std::net::TcpListener::bind`].
    ///
    /// Port 0 asks the system for a free one; [`local_addr`](Self::local_addr) tells which.
    ///
    /// # Errors
    /// The address is in use, not this machine's, or not permitted; a name cannot be resolved.
    pub fn bind<A: ToSocketAddrs>(address: A) -> io::Result<TcpListener> {
        addresses::each(address, |address| {
            let listener = net::TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(TcpListener::new(listener, false))
        })
    }

    fn new(listener: net::TcpListener, is_shared: bool) -> TcpListener {
        TcpListener { source: Source::new(listener), is_shared: AtomicBool::new(is_shared) }
    }

    /// Waits for a connection and accepts it.
    ///
    /// A connection that its peer gave up before it was accepted is passed over. When the process has run out of
    /// descriptors or the system out of memory, it tries again after 10 to 100 milliseconds rather than spin.
    ///
    /// # Errors
    /// Those of the system's `accept`, other than the above.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; no connection is lost.
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.accept_once() {
                Ok((stream, address)) => return Ok((TcpStream::from_nonblocking(stream), address)),
                Err(error) if is_given_up(&error) => {}
                Err(error) if is_shortage(&error) && !crate::thread::panicking() => {
                    time::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn accept_once(&self) -> io::Result<(net::TcpStream, SocketAddr)> {
        let is_shared = self.is_shared.load(Ordering::Relaxed);
        self.source.perform(Direction::Read, None, |listener| {
            // `accept` has no flag that keeps it from blocking, and a clone that was converted into std's type has
            // made the socket blocking. Asking first keeps the loop going.
            if is_shared
                && !block_until_ready(listener.as_fd(), Direction::Read, Some(Duration::ZERO))?
            {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            socket::accept(listener)
        })
    }

    /// An iterator over the connections as they come; it never ends.
    ///
    /// # Examples
    /// ```no_run
    /// # fn serve(_: coro::net::TcpStream) {}
    /// coro::run(|| -> std::io::Result<()> {
    ///     for conn in coro::net::TcpListener::bind("127.0.0.1:7000")?.incoming() {
    ///         let conn = conn?;
    ///         coro::thread::spawn(move || serve(conn));
    ///     }
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// As [`incoming`](Self::incoming), but owns the listener.
    pub fn into_incoming(self) -> IntoIncoming {
        IntoIncoming { listener: self }
    }

    /// The address the listener is bound to.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// A second, independent handle to the same socket.
    ///
    /// # Errors
    /// Too many open descriptors.
    pub fn try_clone(&self) -> io::Result<TcpListener> {
        let clone = self.source.get().try_clone()?;
        self.is_shared.store(true, Ordering::Relaxed);
        Ok(TcpListener::new(clone, true))
    }

    /// Sets the time to live of the packets it sends.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.source.get().set_ttl(ttl)
    }

    /// The time to live of the packets it sends.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.get().ttl()
    }

    /// Takes the socket's pending error, if there is one.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.get().take_error()
    }
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

/// An infinite iterator over a listener's connections; see [`TcpListener::incoming`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is used"]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn next(&mut self) -> Option<io::Result<TcpStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

impl std::iter::FusedIterator for Incoming<'_> {}

/// An infinite iterator over the connections of a listener it owns; see [`TcpListener::into_incoming`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is used"]
pub struct IntoIncoming {
    listener: TcpListener,
}

impl Iterator for IntoIncoming {
    type Item = io::Result<TcpStream>;

    fn next(&mut self) -> Option<io::Result<TcpStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

impl std::iter::FusedIterator for IntoIncoming {}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.get().fmt(f)
    }
}

/// Makes the std listener non-blocking.
///
/// # Panics
/// If the descriptor is not a socket, which safe code cannot bring about.
impl From<net::TcpListener> for TcpListener {
    fn from(listener: net::TcpListener) -> TcpListener {
        listener.set_nonblocking(true).expect("a listener's descriptor can be made non-blocking");
        TcpListener::new(listener, true)
    }
}

/// Makes the socket blocking, as std's are. Its coro clones go on parking their threads.
impl From<TcpListener> for net::TcpListener {
    fn from(listener: TcpListener) -> net::TcpListener {
        let listener = listener.source.into_inner();
        listener.set_nonblocking(false).expect("a listener's descriptor can be made blocking");
        listener
    }
}

super::fd_conversions!(TcpListener, net::TcpListener);
