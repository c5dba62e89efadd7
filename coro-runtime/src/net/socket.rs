//! A socket of any family and type: making, naming, connecting and converting it. What it moves is in
//! `socket_transfer.rs`, what can be set on it in `socket_options.rs`.

use std::fmt;
use std::io;
use std::net::{self, Shutdown};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Type};

use super::accepting;
use super::limits::Limits;
use super::tcp_listener::TcpListener;
use super::tcp_stream::TcpStream;
use crate::error;
use crate::io::source::{self, Source};
use crate::sched::wait;
use crate::sys::any_socket::{self, Connection};
use crate::sys::socket::Direction;

/// Makes a socket of the given family and type, with the family's usual protocol, as the original manual's
/// `make_socket`.
///
/// # Errors
/// The system knows no such socket (`EPROTONOSUPPORT` and others) or does not permit it; too many open descriptors.
///
/// # Examples
/// ```
/// use coro::net::{Domain, SocketAddr, Type, make_socket};
/// coro::run(|| -> std::io::Result<()> {
///     let receiver = make_socket(Domain::IPV4, Type::DGRAM)?;
///     receiver.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
///     let sender = make_socket(Domain::IPV4, Type::DGRAM)?;
///     sender.send_to(b"hello", &receiver.local_addr()?)?;
///     let mut buf = [0; 16];
///     let (count, from) = receiver.recv_from(&mut buf)?; // parks until a datagram has come
///     assert_eq!(&buf[..count], b"hello");
///     assert_eq!(from.as_socket().unwrap().port(), sender.local_addr()?.as_socket().unwrap().port());
///     Ok(())
/// }).unwrap();
/// ```
pub fn make_socket(domain: Domain, kind: Type) -> io::Result<Socket> {
    Socket::new(domain, kind, None)
}

/// A socket of any family and type, with the system's low-level calls: the original manual's `coroutine_socket`.
///
/// Families, types, protocols and addresses are [socket2](https://docs.rs/socket2)'s, and so are the methods' names,
/// but for the buffers: they are plain bytes. A call that would block parks the thread; outside any loop it blocks the
/// OS thread. Sockets are non-blocking for the system and are closed in programs that this one executes. Several
/// threads may use one socket at once, also through `&Socket`, for which [`Read`](io::Read) and [`Write`](io::Write)
/// are implemented too.
///
/// # Interruption
/// Kill, raise and timeout end a wait: no byte, datagram or connection is taken then and none is sent. While the thread
/// unwinds, an operation that would have to wait fails with [`io::ErrorKind::Other`]; the cause inside is a
/// [`SocketError`](crate::SocketError).
///
/// # Examples
/// ```
/// use coro::net::{Domain, SocketAddr, Type, make_socket};
/// coro::run(|| -> std::io::Result<()> {
///     let listener = make_socket(Domain::IPV4, Type::STREAM)?;
///     listener.set_reuse_address(true)?;
///     listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
///     listener.listen(128)?;
///     let client = make_socket(Domain::IPV4, Type::STREAM)?;
///     client.connect(&listener.local_addr()?)?;
///     let (server, _peer) = listener.accept()?;
///     client.send(b"ping")?;
///     let mut buf = [0; 8];
///     assert_eq!(server.recv(&mut buf)?, 4);
///     Ok(())
/// }).unwrap();
/// ```
#[doc(alias = "coroutine_socket")]
pub struct Socket {
    pub(super) source: Source<socket2::Socket>,
    pub(super) limits: Limits,
    pub(super) domain: Domain,
    pub(super) ends: Ends,
    /// Whether there may be other handles to the socket, which can take its non-blocking mode away.
    is_shared: AtomicBool,
}

/// What it means that fewer bytes were moved than wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// No more can be moved for now: a stream of bytes, TCP's.
    Drained,
    /// Nothing: a message has ended, or a Unix stream has come to a mark within its bytes.
    Unknown,
}

impl Ends {
    fn of(domain: Domain, kind: Type, protocol: Option<Protocol>) -> Ends {
        let is_ip = domain == Domain::IPV4 || domain == Domain::IPV6;
        // Other protocols make IP streams of messages.
        let is_tcp = protocol.is_none_or(|protocol| protocol == Protocol::TCP);
        if is_ip && kind == Type::STREAM && is_tcp { Ends::Drained } else { Ends::Unknown }
    }

    /// Asks the system about a socket that somebody else has made.
    fn of_stranger(socket: &socket2::Socket, domain: Domain) -> Ends {
        match (socket.r#type(), protocol(socket)) {
            (Ok(kind), Ok(protocol)) => Ends::of(domain, kind, protocol),
            _ => Ends::Unknown,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn protocol(socket: &socket2::Socket) -> io::Result<Option<Protocol>> {
    socket.protocol()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn protocol(_socket: &socket2::Socket) -> io::Result<Option<Protocol>> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Socket {
    /// Makes a socket; no protocol means the family's usual one for the type.
    ///
    /// # Errors
    /// As [`make_socket`]. A raw socket needs the privilege, and is `PermissionDenied` without it.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Protocol, Socket, Type};
    /// let socket = Socket::new(Domain::IPV6, Type::STREAM, Some(Protocol::TCP)).unwrap();
    /// assert_eq!(socket.r#type().unwrap(), Type::STREAM);
    /// ```
    pub fn new(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
        let socket = any_socket::create(domain, kind, protocol)?;
        Ok(Socket::from_nonblocking(socket, domain, Ends::of(domain, kind, protocol)))
    }

    /// Makes two sockets that are connected to each other; on most systems of the family [`Domain::UNIX`] only.
    ///
    /// # Errors
    /// As [`make_socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None)?;
    ///     one.send(b"first")?;
    ///     one.send(b"second")?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(other.recv(&mut buf)?, 5); // messages keep their bounds
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn pair(
        domain: Domain,
        kind: Type,
        protocol: Option<Protocol>,
    ) -> io::Result<(Socket, Socket)> {
        let (one, other) = any_socket::create_pair(domain, kind, protocol)?;
        let ends = Ends::of(domain, kind, protocol);
        let wrap = |socket| Socket::from_nonblocking(socket, domain, ends);
        Ok((wrap(one), wrap(other)))
    }

    fn from_nonblocking(socket: socket2::Socket, domain: Domain, ends: Ends) -> Socket {
        let source = Source::new(socket);
        Socket {
            source,
            limits: Limits::default(),
            domain,
            ends,
            is_shared: AtomicBool::new(false),
        }
    }

    /// The socket, for somebody who may do anything with its descriptor.
    pub(super) fn handed_out(&self) -> &socket2::Socket {
        self.is_shared.store(true, Ordering::Relaxed);
        self.source.get()
    }

    /// Gives the socket a name.
    ///
    /// # Errors
    /// Those of the system's `bind`: the address is in use, not this machine's, or not permitted.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SocketAddr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    /// socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    /// assert_ne!(socket.local_addr().unwrap().as_socket().unwrap().port(), 0); // the system chose one
    /// ```
    pub fn bind(&self, address: &SockAddr) -> io::Result<()> {
        self.source.get().bind(address)
    }

    /// Makes it a listener that keeps up to `backlog` connections waiting to be accepted; the system may allow fewer.
    ///
    /// # Errors
    /// Those of the system's `listen`, such as for a type that has no connections.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// socket.listen(128).unwrap(); // at a port that the system chooses
    /// assert!(make_socket(Domain::IPV4, Type::DGRAM).unwrap().listen(128).is_err());
    /// ```
    pub fn listen(&self, backlog: i32) -> io::Result<()> {
        self.source.get().listen(backlog)
    }

    /// Waits for a connection and accepts it.
    ///
    /// As [`TcpListener::accept`], it passes over connections that were given up and sits out shortages of descriptors
    /// and memory. The [read timeout](Self::set_read_timeout) bounds the wait.
    ///
    /// # Errors
    /// Those of the system's `accept`, other than the above; `WouldBlock` after the read timeout.
    ///
    /// # Interruption
    /// As said at [`Socket`]; no connection is lost.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = make_socket(Domain::IPV6, Type::STREAM)?;
    ///     listener.bind(&"[::1]:0".parse::<coro::net::SocketAddr>().unwrap().into())?;
    ///     listener.listen(1)?;
    ///     let client = make_socket(Domain::IPV6, Type::STREAM)?;
    ///     client.connect(&listener.local_addr()?)?;
    ///     let (_connection, peer) = listener.accept()?;
    ///     assert_eq!(peer.as_socket(), client.local_addr()?.as_socket());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn accept(&self) -> io::Result<(Socket, SockAddr)> {
        let Socket { source, limits, is_shared, .. } = self;
        let accepted = accepting::accept(source, is_shared, limits, any_socket::accept);
        let wrap = |socket| Socket::from_nonblocking(socket, self.domain, self.ends);
        accepted.map(|(socket, address)| (wrap(socket), address))
    }

    /// Connects to `address`, and parks until that is done; a datagram socket only notes the peer.
    ///
    /// Called again after an interrupt, it goes on with the attempt that is under way.
    ///
    /// # Errors
    /// Those of the system's `connect`, such as `ConnectionRefused`. In [would-block mode](Self::set_nonblocking) it only
    /// begins, and says so as the system does (`EINPROGRESS`).
    ///
    /// # Interruption
    /// As said at [`Socket`]; the system goes on with the attempt until the socket is dropped.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SocketAddr, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    ///     let error = make_socket(Domain::IPV4, Type::STREAM)?.connect(&nobody.into()).unwrap_err();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect(&self, address: &SockAddr) -> io::Result<()> {
        self.connect_within(address, None)
    }

    /// As [`connect`](Self::connect), for at most `limit`.
    ///
    /// # Errors
    /// `TimedOut` after `limit`, `InvalidInput` for a limit of zero, both around a [`SocketError`](crate::SocketError);
    /// those of [`connect`](Self::connect).
    ///
    /// # Interruption
    /// As [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// use std::time::Duration;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = make_socket(Domain::IPV4, Type::STREAM)?;
    ///     listener.bind(&"127.0.0.1:0".parse::<coro::net::SocketAddr>().unwrap().into())?;
    ///     listener.listen(1)?;
    ///     let client = make_socket(Domain::IPV4, Type::STREAM)?;
    ///     client.connect_timeout(&listener.local_addr()?, Duration::from_secs(5))?;
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect_timeout(&self, address: &SockAddr, limit: Duration) -> io::Result<()> {
        if limit.is_zero() {
            return Err(error::zero_duration());
        }
        self.connect_within(address, Some(limit)).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => error::no_connection(in_words(address), limit),
            _ => error,
        })
    }

    fn connect_within(&self, address: &SockAddr, limit: Option<Duration>) -> io::Result<()> {
        self.keep_from_blocking()?;
        if self.limits.is_would_block() {
            return self.source.attempt(|socket| any_socket::begin_connection(socket, address));
        }
        let deadline = limit.and_then(wait::deadline_after);
        let connect = |socket: &_| any_socket::connect(socket, address);
        match self.source.perform_by_trying(Direction::Write, limit, connect)? {
            Connection::Made => Ok(()),
            Connection::UnderWay => {
                let limit = source::left(deadline);
                self.source.perform(Direction::Write, limit, any_socket::connection_outcome)
            }
        }
    }

    /// Makes the socket non-blocking again if somebody else may have changed that: `connect` has no flag for it.
    fn keep_from_blocking(&self) -> io::Result<()> {
        let socket = self.source.get();
        // Connecting datagrams waits for nothing, so whoever shares the socket may have it blocking.
        if self.is_shared.load(Ordering::Relaxed) && socket.r#type()? != Type::DGRAM {
            socket.set_nonblocking(true)?;
        }
        Ok(())
    }

    /// The name of this end.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// let (one, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None).unwrap();
    /// assert!(one.local_addr().unwrap().is_unnamed());
    /// ```
    #[doc(alias = "getsockname")]
    pub fn local_addr(&self) -> io::Result<SockAddr> {
        self.source.get().local_addr()
    }

    /// The name of the other end.
    ///
    /// # Errors
    /// Those of the system's `getpeername`, such as `NotConnected`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SocketAddr, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let socket = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     assert!(socket.peer_addr().is_err());
    ///     let peer = SocketAddr::from(([127, 0, 0, 1], 53));
    ///     socket.connect(&peer.into())?; // sends nothing
    ///     assert_eq!(socket.peer_addr()?.as_socket(), Some(peer));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[doc(alias = "getpeername")]
    pub fn peer_addr(&self) -> io::Result<SockAddr> {
        self.source.get().peer_addr()
    }

    /// Shuts down reading, writing, or both; waits that can no longer succeed end.
    ///
    /// # Errors
    /// Those of the system's `shutdown`, such as `NotConnected`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Shutdown, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     one.shutdown(Shutdown::Write)?;
    ///     assert_eq!(other.recv(&mut [0; 8])?, 0); // the end of the stream
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.source.get().shutdown(how)
    }

    /// A second handle to the same socket, with the same timeouts: the manual's `dup`.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     let clone = one.try_clone()?;
    ///     drop(one); // the socket lives as long as there is a handle
    ///     clone.send(b"x")?;
    ///     assert_eq!(other.recv(&mut [0; 8])?, 1);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[doc(alias = "dup")]
    pub fn try_clone(&self) -> io::Result<Socket> {
        let clone = self.source.get().try_clone()?;
        self.is_shared.store(true, Ordering::Relaxed);
        let clone = Socket::from_nonblocking(clone, self.domain, self.ends);
        Ok(Socket { limits: self.limits.share(), is_shared: AtomicBool::new(true), ..clone })
    }
}

/// How messages name an address.
fn in_words(address: &SockAddr) -> String {
    match (address.as_socket(), address.as_pathname()) {
        (Some(address), _) => address.to_string(),
        (None, Some(path)) => path.display().to_string(),
        (None, None) => format!("{address:?}"),
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.get().fmt(f)
    }
}

/// Makes the socket non-blocking and takes its timeouts over.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl From<socket2::Socket> for Socket {
    fn from(socket: socket2::Socket) -> Socket {
        socket.set_nonblocking(true).expect("a socket's descriptor can be made non-blocking");
        let (read, write) = (socket.read_timeout(), socket.write_timeout());
        let socket = Socket::with_limits(socket, Limits::default());
        // They were valid before, so that none is zero, the one value that is refused.
        let _ = socket.limits.set_read(read.ok().flatten());
        let _ = socket.limits.set_write(write.ok().flatten());
        socket
    }
}

impl Socket {
    /// Takes over a non-blocking socket that somebody else has made.
    fn with_limits(socket: socket2::Socket, limits: Limits) -> Socket {
        // What is no socket is found out at the first operation.
        let domain =
            socket.local_addr().map_or(Domain::from(libc::AF_UNSPEC), |name| name.domain());
        let ends = Ends::of_stranger(&socket, domain);
        let (source, is_shared) = (Source::new(socket), AtomicBool::new(true));
        Socket { source, limits, domain, ends, is_shared }
    }

    /// The socket, still non-blocking, and its limits.
    fn into_parts(self) -> (socket2::Socket, Limits) {
        (self.source.into_inner(), self.limits)
    }
}

/// Makes the socket blocking, as socket2's and std's are, unless it is in would-block mode, with the same timeouts.
impl From<Socket> for socket2::Socket {
    fn from(socket: Socket) -> socket2::Socket {
        let (socket, limits) = socket.into_parts();
        let (read, write) = (limits.read(), limits.write());
        let mode = socket.set_nonblocking(limits.is_would_block());
        mode.expect("a socket's descriptor can be made blocking");
        // A time that the system cannot represent is as good as none.
        let _ = socket.set_read_timeout(read);
        let _ = socket.set_write_timeout(write);
        socket
    }
}

/// Converts from and to std's types, which are blocking.
macro_rules! std_conversions {
    ($($std:ty),*) => {$(
        impl From<$std> for Socket {
            fn from(socket: $std) -> Socket {
                socket2::Socket::from(OwnedFd::from(socket)).into()
            }
        }

        /// Makes the socket blocking, with the same timeouts. The system finds out at the first operation if it is of
        /// another family or type.
        impl From<Socket> for $std {
            fn from(socket: Socket) -> $std {
                OwnedFd::from(socket2::Socket::from(socket)).into()
            }
        }
    )*};
}

std_conversions!(
    net::TcpStream,
    net::TcpListener,
    net::UdpSocket,
    UnixStream,
    UnixListener,
    UnixDatagram
);

/// Converts from and to coro's own types, for which the socket stays as it is. The system finds out at the first operation
/// if it is of another family or type.
macro_rules! own_conversions {
    ($($own:ty),*) => {$(
        /// The socket stays non-blocking and keeps its timeouts and its mode.
        impl From<$own> for Socket {
            fn from(socket: $own) -> Socket {
                let (socket, limits) = socket.into_parts();
                Socket::with_limits(OwnedFd::from(socket).into(), limits)
            }
        }

        /// The socket stays non-blocking and keeps its timeouts and its mode. The system finds out at the first operation
        /// if it is of another family or type.
        impl From<Socket> for $own {
            fn from(socket: Socket) -> $own {
                let (socket, limits) = socket.into_parts();
                <$own>::with_limits(OwnedFd::from(socket).into(), limits)
            }
        }
    )*};
}

own_conversions!(TcpStream, TcpListener);

super::socket_handle!(Socket, socket2::Socket);
