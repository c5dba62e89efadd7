//! What can be asked of a socket and set on it: the typed getsockopt and setsockopt, named as socket2 names them.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, TcpKeepalive, Type};

use super::socket::Socket;

/// Makes the two methods of each option: one tells, one sets. The last two columns are for the example: a socket
/// that has the option, and a value.
macro_rules! options {
    ($(
        $(#[$attribute:meta])*
        $get:ident, $set:ident: $value:ty, $text:literal, $socket:literal, $example:literal;
    )*) => {$(
        impl Socket {
            #[doc = concat!("Tells the option: ", $text, ".")]
            ///
            /// # Errors
            /// Those of the system's `getsockopt`, such as for a socket that does not have the option.
            ///
            /// # Examples
            /// ```
            /// use coro::net::{Domain, Type, make_socket};
            #[doc = concat!("let socket = make_socket(", $socket, ").unwrap();")]
            #[doc = concat!("socket.", stringify!($set), "(", $example, ").unwrap();")]
            #[doc = concat!("assert_eq!(socket.", stringify!($get), "().unwrap(), ", $example, ");")]
            /// ```
            $(#[$attribute])*
            pub fn $get(&self) -> io::Result<$value> {
                self.source.get().$get()
            }

            #[doc = concat!("Sets the option: ", $text, ".")]
            ///
            /// # Errors
            /// Those of the system's `setsockopt`, such as for a socket that does not have the option.
            ///
            /// # Examples
            /// ```
            /// use coro::net::{Domain, Type, make_socket};
            #[doc = concat!("let socket = make_socket(", $socket, ").unwrap();")]
            #[doc = concat!("socket.", stringify!($set), "(", $example, ").unwrap();")]
            #[doc = concat!("assert_eq!(socket.", stringify!($get), "().unwrap(), ", $example, ");")]
            /// ```
            $(#[$attribute])*
            pub fn $set(&self, value: $value) -> io::Result<()> {
                self.source.get().$set(value)
            }
        }
    )*};
}

// Of every socket.
options! {
    broadcast, set_broadcast: bool,
        "whether datagrams may be sent to a broadcast address (`SO_BROADCAST`)",
        "Domain::IPV4, Type::DGRAM", "true";
    keepalive, set_keepalive: bool,
        "whether a silent peer is probed from time to time (`SO_KEEPALIVE`)",
        "Domain::IPV4, Type::STREAM", "true";
    linger, set_linger: Option<Duration>,
        "how long the system keeps what is not sent yet when the socket is closed (`SO_LINGER`, in whole seconds); \
         zero resets the connection",
        "Domain::IPV4, Type::STREAM", "Some(std::time::Duration::ZERO)";
    reuse_address, set_reuse_address: bool,
        "whether an address may be bound that an earlier socket has not quite left (`SO_REUSEADDR`)",
        "Domain::IPV4, Type::STREAM", "true";
    #[cfg(not(any(target_os = "solaris", target_os = "illumos")))]
    reuse_port, set_reuse_port: bool,
        "whether several sockets may be bound to one address and share what comes (`SO_REUSEPORT`)",
        "Domain::IPV4, Type::STREAM", "true";
    out_of_band_inline, set_out_of_band_inline: bool,
        "whether urgent data comes in line with the other bytes (`SO_OOBINLINE`)",
        "Domain::IPV4, Type::STREAM", "true";
}

// Of TCP.
options! {
    tcp_nodelay, set_tcp_nodelay: bool,
        "whether small writes are sent at once (`TCP_NODELAY`)",
        "Domain::IPV4, Type::STREAM", "true";
}

// Of IPv4 and IPv6.
options! {
    ttl_v4, set_ttl_v4: u32,
        "the time to live of the packets sent, 1 to 255 (`IP_TTL`)",
        "Domain::IPV4, Type::DGRAM", "3";
    tos_v4, set_tos_v4: u32,
        "the type of service of the packets sent (`IP_TOS`)",
        "Domain::IPV4, Type::DGRAM", "0x10";
    multicast_loop_v4, set_multicast_loop_v4: bool,
        "whether this machine hears its own multicasts (`IP_MULTICAST_LOOP`)",
        "Domain::IPV4, Type::DGRAM", "false";
    multicast_ttl_v4, set_multicast_ttl_v4: u32,
        "the time to live of the multicasts sent, 0 to 255 (`IP_MULTICAST_TTL`)",
        "Domain::IPV4, Type::DGRAM", "2";
    only_v6, set_only_v6: bool,
        "whether an IPv6 socket keeps off IPv4 (`IPV6_V6ONLY`)",
        "Domain::IPV6, Type::STREAM", "true";
    unicast_hops_v6, set_unicast_hops_v6: u32,
        "the hop limit of the packets sent, 1 to 255 (`IPV6_UNICAST_HOPS`)",
        "Domain::IPV6, Type::DGRAM", "3";
    multicast_loop_v6, set_multicast_loop_v6: bool,
        "whether this machine hears its own multicasts (`IPV6_MULTICAST_LOOP`)",
        "Domain::IPV6, Type::DGRAM", "false";
    multicast_hops_v6, set_multicast_hops_v6: u32,
        "the hop limit of the multicasts sent, 0 to 255 (`IPV6_MULTICAST_HOPS`)",
        "Domain::IPV6, Type::DGRAM", "2";
    multicast_if_v6, set_multicast_if_v6: u32,
        "the number of the interface by which multicasts are sent, 0 for any (`IPV6_MULTICAST_IF`)",
        "Domain::IPV6, Type::DGRAM", "0";
}

// Of sockets on Linux.
#[cfg(target_os = "linux")]
options! {
    passcred, set_passcred: bool,
        "whether a Unix socket receives its peer's credentials (`SO_PASSCRED`)",
        "Domain::UNIX, Type::DGRAM", "true";
    priority, set_priority: u32,
        "the priority of what is sent, 0 to 6 without privilege (`SO_PRIORITY`)",
        "Domain::IPV4, Type::DGRAM", "6";
    freebind_v4, set_freebind_v4: bool,
        "whether an address may be bound that is not this machine's (`IP_FREEBIND`)",
        "Domain::IPV4, Type::DGRAM", "true";
    tcp_cork, set_tcp_cork: bool,
        "whether only full segments are sent (`TCP_CORK`)",
        "Domain::IPV4, Type::STREAM", "true";
    tcp_quickack, set_tcp_quickack: bool,
        "whether what comes is acknowledged at once (`TCP_QUICKACK`)",
        "Domain::IPV4, Type::STREAM", "false";
    tcp_user_timeout, set_tcp_user_timeout: Option<Duration>,
        "how long what was sent may stay unacknowledged before the connection ends (`TCP_USER_TIMEOUT`)",
        "Domain::IPV4, Type::STREAM", "Some(std::time::Duration::from_secs(5))";
}

/// Sizes: the system rounds them, and Linux doubles them.
impl Socket {
    /// The size of the kernel's buffer for what comes, in bytes (`SO_RCVBUF`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert!(make_socket(Domain::IPV4, Type::STREAM).unwrap().recv_buffer_size().unwrap() > 0);
    /// ```
    pub fn recv_buffer_size(&self) -> io::Result<usize> {
        self.source.get().recv_buffer_size()
    }

    /// Sets the size of the kernel's buffer for what comes, in bytes; Linux doubles it.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// socket.set_recv_buffer_size(16_384).unwrap();
    /// assert!(socket.recv_buffer_size().unwrap() >= 16_384);
    /// ```
    pub fn set_recv_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.source.get().set_recv_buffer_size(bytes)
    }

    /// The size of the kernel's buffer for what is sent, in bytes (`SO_SNDBUF`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert!(make_socket(Domain::IPV4, Type::STREAM).unwrap().send_buffer_size().unwrap() > 0);
    /// ```
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.source.get().send_buffer_size()
    }

    /// Sets the size of the kernel's buffer for what is sent, in bytes; Linux doubles it.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// socket.set_send_buffer_size(16_384).unwrap();
    /// assert!(socket.send_buffer_size().unwrap() >= 16_384);
    /// ```
    pub fn set_send_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.source.get().set_send_buffer_size(bytes)
    }
}

/// What a socket is.
impl Socket {
    /// The type it was made with (`SO_TYPE`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert_eq!(make_socket(Domain::UNIX, Type::SEQPACKET).unwrap().r#type().unwrap(), Type::SEQPACKET);
    /// ```
    pub fn r#type(&self) -> io::Result<Type> {
        self.source.get().r#type()
    }

    /// The family it was made with.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert_eq!(make_socket(Domain::UNIX, Type::DGRAM).unwrap().domain(), Domain::UNIX);
    /// ```
    pub fn domain(&self) -> Domain {
        self.domain
    }

    /// The protocol that it speaks; none for a family that has only one (`SO_PROTOCOL`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Protocol, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// assert_eq!(socket.protocol().unwrap(), Some(Protocol::TCP));
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    pub fn protocol(&self) -> io::Result<Option<Protocol>> {
        self.source.get().protocol()
    }

    /// Whether it listens for connections (`SO_ACCEPTCONN`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// assert!(!socket.is_listener().unwrap());
    /// socket.listen(1).unwrap();
    /// assert!(socket.is_listener().unwrap());
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    pub fn is_listener(&self) -> io::Result<bool> {
        self.source.get().is_listener()
    }

    /// Takes the socket's pending error, if there is one (`SO_ERROR`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert!(make_socket(Domain::IPV4, Type::STREAM).unwrap().take_error().unwrap().is_none());
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.get().take_error()
    }

    /// When, how often and how many times a silent peer is probed; turns [`keepalive`](Self::keepalive) on.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, TcpKeepalive, Type, make_socket};
    /// use std::time::Duration;
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60))).unwrap();
    /// assert!(socket.keepalive().unwrap());
    /// ```
    pub fn set_tcp_keepalive(&self, keepalive: &TcpKeepalive) -> io::Result<()> {
        self.source.get().set_tcp_keepalive(keepalive)
    }

    /// The address a connection was meant for before a packet filter sent it here (`SO_ORIGINAL_DST`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`, such as for a connection that was not sent elsewhere.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
    /// assert!(socket.original_dst_v4().is_err()); // it is not connected at all
    /// ```
    #[cfg(target_os = "linux")]
    pub fn original_dst_v4(&self) -> io::Result<SockAddr> {
        self.source.get().original_dst_v4()
    }

    /// The name of the interface it is bound to, if it is to one (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert_eq!(make_socket(Domain::IPV4, Type::DGRAM).unwrap().device().unwrap(), None);
    /// ```
    #[cfg(target_os = "linux")]
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        self.source.get().device()
    }

    /// Binds it to the interface of this name, or to none.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`: there is no such interface, or the privilege is lacking.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    /// assert!(socket.bind_device(Some(b"no such device")).is_err());
    /// ```
    #[cfg(target_os = "linux")]
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        self.source.get().bind_device(interface)
    }
}

/// Groups that datagrams are sent to.
impl Socket {
    /// Joins an IPv4 multicast group, by the interface with the given address.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`: no group address, no such interface, joined already.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Ipv4Addr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    /// let group = Ipv4Addr::new(239, 1, 2, 3);
    /// socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
    /// socket.leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
    /// ```
    pub fn join_multicast_v4(&self, group: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        self.source.get().join_multicast_v4(group, interface)
    }

    /// Leaves an IPv4 multicast group.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`: it was not joined.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Ipv4Addr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    /// assert!(socket.leave_multicast_v4(&Ipv4Addr::new(239, 1, 2, 3), &Ipv4Addr::LOCALHOST).is_err());
    /// ```
    pub fn leave_multicast_v4(&self, group: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        self.source.get().leave_multicast_v4(group, interface)
    }

    /// The address of the interface by which IPv4 multicasts are sent (`IP_MULTICAST_IF`).
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Ipv4Addr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    /// assert_eq!(socket.multicast_if_v4().unwrap(), Ipv4Addr::UNSPECIFIED); // the system chooses
    /// ```
    pub fn multicast_if_v4(&self) -> io::Result<Ipv4Addr> {
        self.source.get().multicast_if_v4()
    }

    /// Chooses the interface by which IPv4 multicasts are sent, by its address.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`: there is no such interface.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Ipv4Addr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
    /// socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    /// assert_eq!(socket.multicast_if_v4().unwrap(), Ipv4Addr::LOCALHOST);
    /// ```
    pub fn set_multicast_if_v4(&self, interface: &Ipv4Addr) -> io::Result<()> {
        self.source.get().set_multicast_if_v4(interface)
    }

    /// Joins an IPv6 multicast group, by the interface with the given number; 0 means any.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`: no group address, no such interface, joined already.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Ipv6Addr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV6, Type::DGRAM).unwrap();
    /// assert!(socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0).is_err()); // no group
    /// ```
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.source.get().join_multicast_v6(group, interface)
    }

    /// Leaves an IPv6 multicast group.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`: it was not joined.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Ipv6Addr, Type, make_socket};
    /// let socket = make_socket(Domain::IPV6, Type::DGRAM).unwrap();
    /// assert!(socket.leave_multicast_v6(&Ipv6Addr::LOCALHOST, 0).is_err());
    /// ```
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.source.get().leave_multicast_v6(group, interface)
    }
}

/// Timeouts, which the clones of a socket share. They count by the loop's clock.
impl Socket {
    /// How long receiving and accepting may wait.
    ///
    /// # Errors
    /// None; it returns a result because std's sockets do.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert_eq!(make_socket(Domain::IPV4, Type::DGRAM).unwrap().read_timeout().unwrap(), None);
    /// ```
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.limits.read())
    }

    /// Sets how long receiving and accepting may wait; none means for ever.
    ///
    /// What waited so long fails with `WouldBlock`, as std's sockets do on Unix.
    ///
    /// # Errors
    /// `InvalidInput` around a [`SocketError`](crate::SocketError) for a limit of zero.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// use std::{io::ErrorKind, time::Duration};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, _other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     one.set_read_timeout(Some(Duration::from_millis(1)))?;
    ///     assert_eq!(one.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[doc(alias = "settimeout")]
    pub fn set_read_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.limits.set_read(limit)
    }

    /// How long sending may wait.
    ///
    /// # Errors
    /// None; it returns a result because std's sockets do.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Type, make_socket};
    /// assert_eq!(make_socket(Domain::IPV4, Type::DGRAM).unwrap().write_timeout().unwrap(), None);
    /// ```
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        Ok(self.limits.write())
    }

    /// Sets how long sending may wait; none means for ever. Connecting has
    /// [`connect_timeout`](Self::connect_timeout).
    ///
    /// # Errors
    /// As [`set_read_timeout`](Self::set_read_timeout).
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// use std::{io::ErrorKind, time::Duration};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     one.set_write_timeout(Some(Duration::from_millis(1)))?;
    ///     let error = loop {
    ///         if let Err(error) = one.send(&[0; 65536]) { break error }
    ///     };
    ///     assert_eq!(error.kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn set_write_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.limits.set_write(limit)
    }
}
