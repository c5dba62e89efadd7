//! A TCP server socket.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::SockRef;

use super::accepting;
use super::addresses::{self, ToSocketAddrs};
use super::limits::Limits;
use super::tcp_stream::TcpStream;
use crate::io::source::Source;
use crate::sys::socket::{self, Direction};

/// How many connections may wait to be accepted; the system may allow fewer. std asks for 128, which a burst of
/// clients overruns while the loop has other threads to run, and each client that is turned away tries again only
/// after a second.
const BACKLOG: i32 = 4096;

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
    /// Only the would-block mode is used: std's listeners have no timeouts.
    limits: Limits,
    /// Whether there may be other handles to the socket, which can take its non-blocking mode away.
    is_shared: AtomicBool,
}

impl TcpListener {
    /// Makes a listener bound to the first of the addresses that can be bound, as [`std::net::TcpListener::bind`].
    ///
    /// Up to 4,096 connections may wait to be accepted, if the system allows so many (`net.core.somaxconn` on Linux).
    /// Port 0 asks the system for a free one; [`local_addr`](Self::local_addr) tells which.
    ///
    /// # Errors
    /// The address is in use, not this machine's, or not permitted; a name cannot be resolved.
    ///
    /// # Interruption
    /// Only a host name is waited for: kill, raise and timeout end its look-up, and nothing is bound.
    ///
    /// # Examples
    /// ```
    /// use coro::net::TcpListener;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let taken = TcpListener::bind(listener.local_addr()?);
    ///     assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn bind<A: ToSocketAddrs>(address: A) -> io::Result<TcpListener> {
        addresses::each(address, |address| {
            let listener = net::TcpListener::bind(address)?;
            socket::set_backlog(&listener, BACKLOG)?;
            listener.set_nonblocking(true)?;
            Ok(TcpListener::new(listener, false))
        })
    }

    fn new(listener: net::TcpListener, is_shared: bool) -> TcpListener {
        let (source, limits) = (Source::new(listener), Limits::default());
        TcpListener { source, limits, is_shared: AtomicBool::new(is_shared) }
    }

    pub(super) fn with_limits(listener: net::TcpListener, limits: Limits) -> TcpListener {
        TcpListener { limits, ..TcpListener::new(listener, true) }
    }

    /// The socket, still non-blocking, and its limits.
    pub(super) fn into_parts(self) -> (net::TcpListener, Limits) {
        (self.source.into_inner(), self.limits)
    }

    /// Waits for a connection and accepts it.
    ///
    /// A connection that its peer gave up before it was accepted is passed over. When the process has run out of
    /// descriptors or the system out of memory, it tries again after 10 to 100 milliseconds rather than spin.
    ///
    /// # Errors
    /// Those of the system's `accept`, other than the above; `WouldBlock` in would-block mode.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; no connection is lost.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let limit = Duration::from_millis(1);
    ///     assert!(coro::timeout(limit, || listener.accept()).is_err()); // nobody came
    ///     let client = TcpStream::connect(listener.local_addr()?)?;
    ///     let (_conn, peer) = listener.accept()?; // the listener is as good as before
    ///     assert_eq!(peer, client.local_addr()?);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let TcpListener { source, limits, is_shared } = self;
        let accepted = accepting::accept(source, is_shared, limits, socket::accept);
        accepted.map(|(stream, address)| (TcpStream::from_nonblocking(stream), address))
    }

    /// The socket, for somebody who may do anything with its descriptor.
    fn handed_out(&self) -> &net::TcpListener {
        self.is_shared.store(true, Ordering::Relaxed);
        self.source.get()
    }

    /// An iterator over the connections as they come; it never ends.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// use std::io::{Read, Write};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?)?;
    ///     coro::thread::spawn(move || {
    ///         for conn in listener.incoming() {
    ///             coro::thread::spawn(move || conn?.write_all(b"hello")); // a thread for each
    ///         }
    ///     });
    ///     let mut greeting = String::new();
    ///     client.read_to_string(&mut greeting)?;
    ///     assert_eq!(greeting, "hello");
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// As [`incoming`](Self::incoming), but owns the listener.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let address = listener.local_addr()?;
    ///     let server = coro::thread::spawn(move || listener.into_incoming().take(2).flatten().count());
    ///     let _clients = (TcpStream::connect(address)?, TcpStream::connect(address)?);
    ///     assert_eq!(server.join().unwrap(), 2); // and the listener is closed
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn into_incoming(self) -> IntoIncoming {
        IntoIncoming { listener: self }
    }

    /// The address the listener is bound to.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::TcpListener;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    ///     assert!(address.ip().is_loopback());
    ///     assert_ne!(address.port(), 0); // the system chose one
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// Sets whether an IPv6 listener refuses IPv4 connections; the system takes it before it is bound only.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`; on Linux always, for the listener is bound.
    ///
    /// # Examples
    /// ```
    /// # #![allow(deprecated)]
    /// let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// assert!(listener.set_only_v6(true).is_err());
    /// ```
    #[deprecated(note = "it comes too late for a bound listener; use `coro::net::Socket`")]
    pub fn set_only_v6(&self, only_v6: bool) -> io::Result<()> {
        SockRef::from(self.source.get()).set_only_v6(only_v6)
    }

    /// Whether an IPv6 listener refuses IPv4 connections.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`, such as for a listener that is not IPv6.
    ///
    /// # Examples
    /// ```
    /// # #![allow(deprecated)]
    /// let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// assert!(listener.only_v6().is_err());
    /// ```
    #[deprecated(note = "std's is too; use `coro::net::Socket`")]
    pub fn only_v6(&self) -> io::Result<bool> {
        SockRef::from(self.source.get()).only_v6()
    }

    /// A second, independent handle to the same socket.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{TcpListener, TcpStream};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let clone = listener.try_clone()?;
    ///     drop(listener); // the socket goes on listening as long as there is a handle
    ///     let _client = TcpStream::connect(clone.local_addr()?)?;
    ///     assert!(clone.accept().is_ok());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn try_clone(&self) -> io::Result<TcpListener> {
        let clone = self.source.get().try_clone()?;
        self.is_shared.store(true, Ordering::Relaxed);
        Ok(TcpListener { limits: self.limits.share(), ..TcpListener::new(clone, true) })
    }
}

/// An infinite iterator over a listener's connections; see [`TcpListener::incoming`].
///
/// # Interruption
/// As [`TcpListener::accept`].
///
/// # Examples
/// ```
/// use coro::net::{Incoming, TcpListener, TcpStream};
/// coro::run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?)?;
///     let mut connections: Incoming<'_> = listener.incoming();
///     let conn = connections.next().expect("it never ends")?;
///     assert_eq!(conn.peer_addr()?, client.local_addr()?);
///     Ok(())
/// }).unwrap();
/// ```
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
///
/// # Interruption
/// As [`TcpListener::accept`].
///
/// # Examples
/// ```
/// use coro::net::{IntoIncoming, TcpListener, TcpStream};
/// coro::run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?)?;
///     let mut connections: IntoIncoming = listener.into_incoming();
///     let conn = connections.next().expect("it never ends")?;
///     assert_eq!(conn.peer_addr()?, client.local_addr()?);
///     Ok(())
/// }).unwrap();
/// ```
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
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl From<net::TcpListener> for TcpListener {
    fn from(listener: net::TcpListener) -> TcpListener {
        listener.set_nonblocking(true).expect("a listener's descriptor can be made non-blocking");
        TcpListener::new(listener, true)
    }
}

/// Makes the socket blocking, as std's are, unless it is in would-block mode. Its coro clones go on parking their threads.
impl From<TcpListener> for net::TcpListener {
    fn from(listener: TcpListener) -> net::TcpListener {
        let (listener, limits) = listener.into_parts();
        let mode = listener.set_nonblocking(limits.is_would_block());
        mode.expect("a listener's descriptor can be made blocking");
        listener
    }
}

super::socket_basics!(TcpListener);
super::socket_handle!(TcpListener, net::TcpListener);
