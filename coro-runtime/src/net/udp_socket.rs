//! A UDP socket: [`Socket`] in the shape of std's type.

use std::fmt;
use std::io;
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Type};

use super::addresses::{self, ToSocketAddrs};
use super::socket::Socket;
use crate::sys::socket::Direction;

/// A UDP socket, as [`std::net::UdpSocket`].
///
/// Any number of threads may send and receive on one socket; each datagram goes to one of them.
///
/// # Interruption
/// Kill, raise and timeout end a wait: no datagram is taken then and none is sent. While the thread unwinds, an operation
/// that would have to wait fails with [`io::ErrorKind::Other`].
///
/// # Examples
/// ```
/// use coro::net::UdpSocket;
/// coro::run(|| -> std::io::Result<()> {
///     let server = UdpSocket::bind("127.0.0.1:0")?;
///     let address = server.local_addr()?;
///     coro::thread::spawn(move || -> std::io::Result<()> {
///         let mut buf = [0; 64];
///         let (count, peer) = server.recv_from(&mut buf)?; // parks this thread
///         server.send_to(&buf[..count], peer)?;
///         Ok(())
///     });
///     let client = UdpSocket::bind("127.0.0.1:0")?;
///     client.connect(address)?;
///     client.send(b"hello")?;
///     let mut buf = [0; 64];
///     let count = client.recv(&mut buf)?;
///     assert_eq!(&buf[..count], b"hello");
///     Ok(())
/// }).unwrap();
/// ```
pub struct UdpSocket {
    pub(super) socket: Socket,
}

impl UdpSocket {
    /// Makes a socket bound to the first of the addresses that can be bound, as [`std::net::UdpSocket::bind`].
    ///
    /// # Errors
    /// The address is in use, not this machine's, or not permitted; a name cannot be resolved.
    ///
    /// # Interruption
    /// Only a host name is waited for: kill, raise and timeout end its look-up, and nothing is bound.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    /// let taken = UdpSocket::bind(socket.local_addr().unwrap());
    /// assert_eq!(taken.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    /// ```
    pub fn bind<A: ToSocketAddrs>(address: A) -> io::Result<UdpSocket> {
        addresses::each(address, |address| {
            let domain = Domain::for_address(address);
            let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
            socket.bind(&address.into())?;
            Ok(UdpSocket { socket })
        })
    }

    /// Receives a datagram, and says from where. What it has beyond the buffer is lost.
    ///
    /// # Errors
    /// Those of the system's `recvfrom`; `WouldBlock` after the [read timeout](Self::set_read_timeout) and in would-block
    /// mode.
    ///
    /// # Interruption
    /// As said at [`UdpSocket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    ///     one.send_to(b"hello", other.local_addr()?)?;
    ///     let mut buf = [0; 3];
    ///     assert_eq!(other.recv_from(&mut buf)?, (3, one.local_addr()?));
    ///     assert_eq!(&buf, b"hel");
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self.socket.recv_from(buf)?;
        Ok((count, ip_address(&sender)?))
    }

    /// As [`recv_from`](Self::recv_from), and leaves the datagram there.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Interruption
    /// As said at [`UdpSocket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    ///     one.send_to(b"hello", other.local_addr()?)?;
    ///     let mut buf = [0; 8];
    ///     assert_eq!(other.peek_from(&mut buf)?, other.recv_from(&mut buf)?);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self.socket.peek_from(buf)?;
        Ok((count, ip_address(&sender)?))
    }

    /// Sends a datagram to the first of the addresses.
    ///
    /// # Errors
    /// Those of the system's `sendto`; `InvalidInput` if there is no address; `WouldBlock` after the
    /// [write timeout](Self::set_write_timeout) and in would-block mode.
    ///
    /// # Interruption
    /// As said at [`UdpSocket`]; the look-up of a host name is a wait too.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = (UdpSocket::bind("[::1]:0")?, UdpSocket::bind("[::1]:0")?);
    ///     assert_eq!(one.send_to(b"", ("::1", other.local_addr()?.port()))?, 0);
    ///     assert_eq!(other.recv(&mut [0; 8])?, 0); // an empty datagram is one too
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], address: A) -> io::Result<usize> {
        let Some(address) = address.to_socket_addrs()?.next() else {
            let message = "no address to send the datagram to; name at least one";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        self.socket.send_to(buf, &address.into())
    }

    /// Notes the first of the addresses that the system takes as the peer: [`send`](Self::send) sends there, and only
    /// what comes from there is received.
    ///
    /// # Errors
    /// Those of the system's `connect`; a name cannot be resolved.
    ///
    /// # Interruption
    /// Only a host name is waited for: kill, raise and timeout end its look-up.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    ///     other.connect(one.local_addr()?)?;
    ///     UdpSocket::bind("127.0.0.1:0")?.send_to(b"stranger", other.local_addr()?)?;
    ///     one.send_to(b"peer", other.local_addr()?)?;
    ///     assert_eq!(other.recv(&mut [0; 8])?, 4);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn connect<A: ToSocketAddrs>(&self, address: A) -> io::Result<()> {
        addresses::each(address, |address| self.socket.connect(&address.into()))
    }

    /// Sends a datagram to the peer.
    ///
    /// # Errors
    /// Those of the system's `send`, such as for a socket that is not connected; `WouldBlock` as
    /// [`send_to`](Self::send_to).
    ///
    /// # Interruption
    /// As said at [`UdpSocket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert!(socket.send(b"to whom?").is_err());
    /// socket.connect(socket.local_addr().unwrap()).unwrap();
    /// assert_eq!(socket.send(b"to myself").unwrap(), 9);
    /// ```
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.socket.send(buf)
    }

    /// Receives a datagram. What it has beyond the buffer is lost.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from); `ConnectionRefused` if the peer's machine has said that nobody takes what was sent.
    ///
    /// # Interruption
    /// As said at [`UdpSocket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0")?;
    ///     socket.connect(socket.local_addr()?)?;
    ///     socket.send(b"hello")?;
    ///     assert_eq!(socket.recv(&mut [0; 8])?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.recv(buf)
    }

    /// As [`recv`](Self::recv), and leaves the datagram there.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`UdpSocket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0")?;
    ///     socket.connect(socket.local_addr()?)?;
    ///     socket.send(b"hello")?;
    ///     assert_eq!(socket.peek(&mut [0; 8])?, 5);
    ///     assert_eq!(socket.recv(&mut [0; 8])?, 5); // the same
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.socket.peek(buf)
    }

    /// The address of the peer.
    ///
    /// # Errors
    /// Those of the system's `getpeername`; `NotConnected` if there is no peer.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{SocketAddr, UdpSocket};
    /// let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert_eq!(socket.peer_addr().unwrap_err().kind(), std::io::ErrorKind::NotConnected);
    /// let peer = SocketAddr::from(([127, 0, 0, 1], 53));
    /// socket.connect(peer).unwrap(); // sends nothing
    /// assert_eq!(socket.peer_addr().unwrap(), peer);
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        ip_address(&self.socket.peer_addr()?)
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert_ne!(socket.local_addr().unwrap().port(), 0); // the system chose one
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        ip_address(&self.socket.local_addr()?)
    }

    /// A second handle to the same socket, with the same timeouts and mode.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UdpSocket;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0")?;
    ///     let clone = socket.try_clone()?;
    ///     let receiver = coro::thread::spawn(move || clone.recv(&mut [0; 8]));
    ///     socket.send_to(b"hello", socket.local_addr()?)?;
    ///     assert_eq!(receiver.join().unwrap()?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn try_clone(&self) -> io::Result<UdpSocket> {
        Ok(UdpSocket { socket: self.socket.try_clone()? })
    }
}

/// Options.
impl UdpSocket {
    /// Sets the time to live of the packets it sends (`IP_TTL`), 1 to 255.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// socket.set_ttl(3).unwrap();
    /// assert_eq!(socket.ttl().unwrap(), 3);
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.set_ttl_v4(ttl)
    }

    /// The time to live of the packets it sends.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert_ne!(socket.ttl().unwrap(), 0); // the system's default
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.ttl_v4()
    }

    /// Takes the socket's pending error, if there is one.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert!(socket.take_error().unwrap().is_none());
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    /// Sets whether datagrams may be sent to a broadcast address (`SO_BROADCAST`).
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// socket.set_broadcast(true).unwrap();
    /// assert!(socket.broadcast().unwrap());
    /// ```
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        self.socket.set_broadcast(broadcast)
    }

    /// Whether datagrams may be sent to a broadcast address.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert!(!socket.broadcast().unwrap()); // the system's default
    /// ```
    pub fn broadcast(&self) -> io::Result<bool> {
        self.socket.broadcast()
    }

    /// Sets whether this machine hears the multicasts that the socket sends (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// socket.set_multicast_loop_v4(false).unwrap();
    /// assert!(!socket.multicast_loop_v4().unwrap());
    /// ```
    pub fn set_multicast_loop_v4(&self, multicast_loop_v4: bool) -> io::Result<()> {
        self.socket.set_multicast_loop_v4(multicast_loop_v4)
    }

    /// Whether this machine hears the multicasts that the socket sends.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert!(socket.multicast_loop_v4().unwrap()); // the system's default
    /// ```
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.socket.multicast_loop_v4()
    }

    /// Sets the time to live of the multicasts it sends (`IP_MULTICAST_TTL`), 0 to 255.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// socket.set_multicast_ttl_v4(3).unwrap();
    /// assert_eq!(socket.multicast_ttl_v4().unwrap(), 3);
    /// ```
    pub fn set_multicast_ttl_v4(&self, multicast_ttl_v4: u32) -> io::Result<()> {
        self.socket.set_multicast_ttl_v4(multicast_ttl_v4)
    }

    /// The time to live of the multicasts it sends.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    /// assert_eq!(socket.multicast_ttl_v4().unwrap(), 1); // no router passes them on
    /// ```
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.socket.multicast_ttl_v4()
    }

    /// Sets whether this machine hears the multicasts that the socket sends (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    /// Those of the system's `setsockopt`, such as for an IPv4 socket.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("[::1]:0").unwrap();
    /// socket.set_multicast_loop_v6(false).unwrap();
    /// assert!(!socket.multicast_loop_v6().unwrap());
    /// ```
    pub fn set_multicast_loop_v6(&self, multicast_loop_v6: bool) -> io::Result<()> {
        self.socket.set_multicast_loop_v6(multicast_loop_v6)
    }

    /// Whether this machine hears the multicasts that the socket sends.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`, such as for an IPv4 socket.
    ///
    /// # Examples
    /// ```
    /// let socket = coro::net::UdpSocket::bind("[::1]:0").unwrap();
    /// assert!(socket.multicast_loop_v6().unwrap()); // the system's default
    /// ```
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.socket.multicast_loop_v6()
    }

    /// Joins a multicast group at an interface, named by one of its addresses; `0.0.0.0` lets the system choose.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`, such as for an address that is no group's.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Ipv4Addr, UdpSocket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("0.0.0.0:0")?;
    ///     let (group, interface) = (Ipv4Addr::new(224, 0, 0, 251), Ipv4Addr::LOCALHOST);
    ///     socket.join_multicast_v4(&group, &interface)?;
    ///     assert!(socket.join_multicast_v4(&interface, &interface).is_err()); // no group
    ///     socket.leave_multicast_v4(&group, &interface)?;
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn join_multicast_v4(&self, multiaddr: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        self.socket.join_multicast_v4(multiaddr, interface)
    }

    /// Leaves a multicast group that was joined with the same arguments.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`, such as for a group that was not joined.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Ipv4Addr, UdpSocket};
    /// let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    /// let (group, interface) = (Ipv4Addr::new(224, 0, 0, 251), Ipv4Addr::LOCALHOST);
    /// assert!(socket.leave_multicast_v4(&group, &interface).is_err()); // it was not joined
    /// ```
    pub fn leave_multicast_v4(&self, multiaddr: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        self.socket.leave_multicast_v4(multiaddr, interface)
    }

    /// Joins an IPv6 multicast group at an interface, named by its index; 0 lets the system choose.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`, such as for an address that is no group's.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Ipv6Addr, UdpSocket};
    /// let socket = UdpSocket::bind("[::1]:0").unwrap();
    /// assert!(socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0).is_err()); // no group
    /// ```
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.socket.join_multicast_v6(multiaddr, interface)
    }

    /// Leaves an IPv6 multicast group that was joined with the same arguments.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`, such as for a group that was not joined.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Ipv6Addr, UdpSocket};
    /// let socket = UdpSocket::bind("[::1]:0").unwrap();
    /// let group = Ipv6Addr::new(0xff01, 0, 0, 0, 0, 0, 0, 0xfb);
    /// assert!(socket.leave_multicast_v6(&group, 0).is_err()); // it was not joined
    /// ```
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.socket.leave_multicast_v6(multiaddr, interface)
    }
}

/// # Errors
/// `InvalidInput` for a socket of another family, which a descriptor may have brought in.
fn ip_address(address: &SockAddr) -> io::Result<SocketAddr> {
    address.as_socket().ok_or_else(|| {
        let message =
            format!("{address:?} is no IP address; wrap this socket in coro::net::Socket");
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("UdpSocket");
        if let Ok(address) = self.local_addr() {
            fields.field("addr", &address);
        }
        if let Ok(peer) = self.peer_addr() {
            fields.field("peer", &peer);
        }
        fields.field("fd", &self.socket.source.get().as_raw_fd()).finish()
    }
}

super::socket_timeouts!(UdpSocket, "coro::net::UdpSocket::bind(\"127.0.0.1:0\")?");
super::socket_conversions!(UdpSocket, net::UdpSocket);
super::socket_handle!(UdpSocket, net::UdpSocket, socket);
