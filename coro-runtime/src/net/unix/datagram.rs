//! Datagrams of the Unix family.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockAddr, Type};

use super::address;
use crate::net::Socket;
use crate::sys::socket::Direction;

/// A Unix datagram socket, as [`std::os::unix::net::UnixDatagram`].
///
/// No datagram is lost or overtaken: a sender waits while the receiver's queue is full. Dropping the socket does not
/// remove the file of its name.
///
/// # Interruption
/// Kill, raise and timeout end a wait: no datagram is taken then and none is sent. While the thread unwinds, an operation
/// that would have to wait fails with [`io::ErrorKind::Other`].
///
/// # Examples
/// ```
/// use coro::net::UnixDatagram;
/// coro::run(|| -> std::io::Result<()> {
///     let (one, other) = UnixDatagram::pair()?;
///     coro::thread::spawn(move || one.send(b"hello"));
///     let mut buf = [0; 16];
///     let count = other.recv(&mut buf)?; // parks until it has come
///     assert_eq!(&buf[..count], b"hello");
///     Ok(())
/// }).unwrap();
/// ```
pub struct UnixDatagram {
    pub(in crate::net) socket: Socket,
}

impl UnixDatagram {
    /// Makes a socket with a path for its name, as [`std::os::unix::net::UnixDatagram::bind`].
    ///
    /// # Errors
    /// There is a file at that path already (`AddrInUse`), or none can be made; `InvalidInput` for a path that is too long.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("coro-datagram-{}", std::process::id()));
    ///     let receiver = UnixDatagram::bind(&path)?;
    ///     UnixDatagram::unbound()?.send_to(b"hello", &path)?;
    ///     std::fs::remove_file(path)?;
    ///     assert_eq!(receiver.recv(&mut [0; 16])?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixDatagram> {
        Self::bind_to(&address::of_path(path)?)
    }

    /// Makes a socket with any name: a path, an abstract one, or none, for which Linux chooses an abstract one.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    ///
    /// # Examples
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// # fn main() -> std::io::Result<()> {
    /// use coro::os::linux::net::SocketAddrExt;
    /// use coro::os::unix::net::{SocketAddr, UnixDatagram};
    /// let name = format!("coro-datagram-addr-{}", std::process::id());
    /// let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    /// assert_eq!(socket.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<UnixDatagram> {
        Self::bind_to(&address::from_std(socket_addr)?)
    }

    fn bind_to(name: &SockAddr) -> io::Result<UnixDatagram> {
        let datagram = Self::unbound()?;
        datagram.socket.bind(name)?;
        Ok(datagram)
    }

    /// Makes a socket without a name: it can send, and receive from its peer.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UnixDatagram::unbound().unwrap();
    /// assert!(socket.local_addr().unwrap().is_unnamed());
    /// ```
    pub fn unbound() -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { socket: Socket::new(Domain::UNIX, Type::DGRAM, None)? })
    }

    /// Makes two sockets without names that are connected to each other.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = UnixDatagram::pair()?;
    ///     one.send(b"ab")?;
    ///     one.send(b"c")?;
    ///     assert_eq!(other.recv(&mut [0; 16])?, 2); // datagrams keep their bounds
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
        Ok((UnixDatagram { socket: one }, UnixDatagram { socket: other }))
    }

    /// Notes the socket at the path as the peer: [`send`](Self::send) sends there, and only what comes from there is
    /// received.
    ///
    /// # Errors
    /// Those of the system's `connect`; `InvalidInput` for a path that is too long.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("coro-connect-{}", std::process::id()));
    ///     let receiver = UnixDatagram::bind(&path)?;
    ///     let sender = UnixDatagram::unbound()?;
    ///     sender.connect(&path)?;
    ///     std::fs::remove_file(path)?;
    ///     sender.send(b"hello")?;
    ///     assert_eq!(receiver.recv(&mut [0; 16])?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.socket.connect(&address::of_path(path)?)
    }

    /// As [`connect`](Self::connect), to a socket of any name.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// # #[cfg(target_os = "linux")]
    /// # fn main() -> std::io::Result<()> {
    /// let receiver = UnixDatagram::bind("")?; // Linux chooses an abstract name
    /// let sender = UnixDatagram::unbound()?;
    /// sender.connect_addr(&receiver.local_addr()?)?;
    /// sender.send(b"hello")?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub fn connect_addr(&self, socket_addr: &SocketAddr) -> io::Result<()> {
        self.socket.connect(&address::from_std(socket_addr)?)
    }

    /// A second handle to the same socket, with the same timeouts and mode.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = UnixDatagram::pair()?;
    ///     let clone = other.try_clone()?;
    ///     let receiver = coro::thread::spawn(move || clone.recv(&mut [0; 8]));
    ///     one.send(b"hello")?;
    ///     assert_eq!(receiver.join().unwrap()?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn try_clone(&self) -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { socket: self.socket.try_clone()? })
    }

    /// The socket's own name.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// let path = std::env::temp_dir().join(format!("coro-name-{}", std::process::id()));
    /// let socket = UnixDatagram::bind(&path).unwrap();
    /// assert_eq!(socket.local_addr().unwrap().as_pathname(), Some(path.as_path()));
    /// std::fs::remove_file(path).unwrap();
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::into_std(&self.socket.local_addr()?)
    }

    /// The peer's name.
    ///
    /// # Errors
    /// Those of the system's `getpeername`; `NotConnected` if there is no peer.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// let alone = UnixDatagram::unbound().unwrap();
    /// assert_eq!(alone.peer_addr().unwrap_err().kind(), std::io::ErrorKind::NotConnected);
    /// let (one, _other) = UnixDatagram::pair().unwrap();
    /// assert!(one.peer_addr().unwrap().is_unnamed());
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        address::into_std(&self.socket.peer_addr()?)
    }

    /// Receives a datagram, and says from where. What it has beyond the buffer is lost.
    ///
    /// # Errors
    /// Those of the system's `recvfrom`; `WouldBlock` after the [read timeout](Self::set_read_timeout) and in would-block
    /// mode.
    ///
    /// # Interruption
    /// As said at [`UnixDatagram`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = UnixDatagram::pair()?;
    ///     one.send(b"hello")?;
    ///     let mut buf = [0; 3];
    ///     let (count, sender) = other.recv_from(&mut buf)?;
    ///     assert!(count == 3 && sender.is_unnamed());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self.socket.recv_from(buf)?;
        Ok((count, address::into_std(&sender)?))
    }

    /// Receives a datagram. What it has beyond the buffer is lost.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Interruption
    /// As said at [`UnixDatagram`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = UnixDatagram::pair()?;
    ///     one.send(b"")?;
    ///     assert_eq!(other.recv(&mut [0; 8])?, 0); // an empty datagram is one too
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.recv(buf)
    }

    /// Sends a datagram to the socket at the path.
    ///
    /// If the receiver's queue is full, it waits for room. The system announces none to a sender that is not connected, so
    /// it tries again after 1 to 100 milliseconds.
    ///
    /// # Errors
    /// Those of the system's `sendto`: there is no such file (`NotFound`), nobody receives there (`ConnectionRefused`);
    /// `WouldBlock` after the [write timeout](Self::set_write_timeout) and in would-block mode.
    ///
    /// # Interruption
    /// As said at [`UnixDatagram`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// let path = std::env::temp_dir().join("coro-nobody-receives-here");
    /// let error = UnixDatagram::unbound().unwrap().send_to(b"hello", path).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// ```
    pub fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        self.socket.send_to(buf, &address::of_path(path)?)
    }

    /// As [`send_to`](Self::send_to), to a socket of any name.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to).
    ///
    /// # Interruption
    /// As said at [`UnixDatagram`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// # #[cfg(target_os = "linux")]
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = UnixDatagram::bind("")?; // Linux chooses an abstract name
    ///     UnixDatagram::unbound()?.send_to_addr(b"hello", &receiver.local_addr()?)?;
    ///     assert_eq!(receiver.recv(&mut [0; 8])?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_to_addr(&self, buf: &[u8], socket_addr: &SocketAddr) -> io::Result<usize> {
        self.socket.send_to(buf, &address::from_std(socket_addr)?)
    }

    /// Sends a datagram to the peer. If the receiver's queue is full, it waits for room.
    ///
    /// # Errors
    /// Those of the system's `send`, such as for a socket that is not connected; `WouldBlock` as
    /// [`send_to`](Self::send_to).
    ///
    /// # Interruption
    /// As said at [`UnixDatagram`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixDatagram;
    /// let (one, other) = UnixDatagram::pair().unwrap();
    /// assert_eq!(one.send(b"hello").unwrap(), 5);
    /// drop(other);
    /// assert!(one.send(b"hello").is_err());
    /// ```
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.socket.send(buf)
    }

    /// Takes the socket's pending error, if there is one.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UnixDatagram::unbound().unwrap();
    /// assert!(socket.take_error().unwrap().is_none());
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    /// Shuts down receiving, sending, or both; waits that can no longer succeed end.
    ///
    /// # Errors
    /// Those of the system's `shutdown`, such as `NotConnected`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Shutdown, UnixDatagram};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, _other) = UnixDatagram::pair()?;
    ///     one.shutdown(Shutdown::Both)?;
    ///     assert_eq!(one.recv(&mut [0; 8])?, 0);
    ///     assert!(one.send(b"x").is_err());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.shutdown(how)
    }
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("UnixDatagram");
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

crate::net::socket_timeouts!(UnixDatagram, "coro::net::UnixDatagram::pair()?.0");
crate::net::socket_conversions!(UnixDatagram, net::UnixDatagram);
crate::net::socket_handle!(UnixDatagram, net::UnixDatagram, socket);
