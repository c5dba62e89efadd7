//! TCP sockets, shaped after [`std::net`].
//!
//! A call that would block parks the thread. Outside any loop it blocks the OS thread, as std's. The sockets are
//! `Send` and `Sync`; one socket may be used by several threads, of several loops, at once.

mod addresses;
mod resolver;
mod source;
mod tcp_listener;
mod tcp_stream;

pub use std::net::{
    AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6,
};

pub use addresses::ToSocketAddrs;
pub use tcp_listener::{Incoming, IntoIncoming, TcpListener};
pub use tcp_stream::TcpStream;

/// Implements what all sockets have alike: the plain options, and the ways from and to a descriptor.
macro_rules! socket_basics {
    ($socket:ty, $std:ty) => {
        impl $socket {
            /// Sets the time to live of the packets it sends.
            ///
            /// # Errors
            /// Those of the system's `setsockopt`.
            ///
            /// # Examples
            /// ```
            /// let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
            /// let clone = listener.try_clone().unwrap();
            /// listener.set_ttl(3).unwrap();
            /// assert_eq!(clone.ttl().unwrap(), 3); // it belongs to the socket, not to the handle
            /// ```
            pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
                self.source.get().set_ttl(ttl)
            }

            /// The time to live of the packets it sends.
            ///
            /// # Errors
            /// Those of the system's `getsockopt`.
            ///
            /// # Examples
            /// ```
            /// let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
            /// assert_ne!(listener.ttl().unwrap(), 0); // the system's default
            /// ```
            pub fn ttl(&self) -> io::Result<u32> {
                self.source.get().ttl()
            }

            /// Takes the socket's pending error, if there is one.
            ///
            /// # Errors
            /// Those of the system's `getsockopt`.
            ///
            /// # Examples
            /// ```
            /// let listener = coro::net::TcpListener::bind("127.0.0.1:0").unwrap();
            /// assert!(listener.take_error().unwrap().is_none());
            /// ```
            pub fn take_error(&self) -> io::Result<Option<io::Error>> {
                self.source.get().take_error()
            }
        }

        impl AsFd for $socket {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.handed_out().as_fd()
            }
        }

        impl AsRawFd for $socket {
            fn as_raw_fd(&self) -> RawFd {
                self.handed_out().as_raw_fd()
            }
        }

        impl IntoRawFd for $socket {
            fn into_raw_fd(self) -> RawFd {
                self.source.into_inner().into_raw_fd()
            }
        }

        impl From<$socket> for OwnedFd {
            fn from(socket: $socket) -> OwnedFd {
                socket.source.into_inner().into()
            }
        }

        impl From<OwnedFd> for $socket {
            fn from(fd: OwnedFd) -> $socket {
                <$std>::from(fd).into()
            }
        }
    };
}
use socket_basics;
