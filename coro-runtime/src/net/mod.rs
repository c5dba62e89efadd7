//! Sockets: TCP, shaped after [`std::net`], and [`Socket`] for every other family and type.
//!
//! A call that would block parks the thread. Outside any loop it blocks the OS thread, as std's. The sockets are
//! `Send` and `Sync`; one socket may be used by several threads, of several loops, at once.

mod accepting;
mod addresses;
mod limits;
mod resolver;
mod socket;
mod socket_options;
mod socket_transfer;
mod source;
mod tcp_listener;
mod tcp_stream;

pub use std::net::{
    AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6,
};

pub use rustix::net::{RecvFlags, SendFlags};
pub use socket2::{Domain, Protocol, SockAddr, TcpKeepalive, Type};

pub use addresses::ToSocketAddrs;
pub use socket::{Socket, make_socket};
pub use tcp_listener::{Incoming, IntoIncoming, TcpListener};
pub use tcp_stream::TcpStream;

/// Implements the options that all sockets shaped after std's have.
macro_rules! socket_basics {
    ($socket:ty) => {
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
    };
}

/// Implements what every socket has: waiting until it is ready, and the ways from and to a descriptor.
macro_rules! socket_handle {
    ($socket:ty, $from:ty) => {
        impl $socket {
            /// Parks the thread until there is something to read: bytes, a connection to accept, urgent data, the end
            /// of the stream, or an error.
            ///
            /// No timeout means for ever; a timeout of zero only looks. If there is something already, it returns at
            /// once. Another thread may be faster to take it, so what follows may have to wait all the same. Outside
            /// any loop it blocks the OS thread. From the original manual.
            ///
            /// # Errors
            /// `TimedOut` around a [`TimeoutError`](crate::TimeoutError) after `timeout`; `Other` around a
            /// [`SocketError`](crate::SocketError) if it would have to wait while the thread unwinds.
            ///
            /// # Interruption
            /// Kill, raise and timeout end the wait. It takes nothing, so nothing is lost.
            ///
            /// # Examples
            /// ```
            /// use coro::net::{TcpListener, TcpStream};
            /// use std::time::Duration;
            /// coro::run(|| -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0")?;
            ///     let error = listener.wait_for_read(Some(Duration::from_millis(1))).unwrap_err();
            ///     assert!(error.get_ref().unwrap().is::<coro::TimeoutError>()); // nobody has come
            ///     let _client = TcpStream::connect(listener.local_addr()?)?;
            ///     listener.wait_for_read(None)?; // somebody has
            ///     listener.accept()?;
            ///     Ok(())
            /// }).unwrap();
            /// ```
            pub fn wait_for_read(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.source.wait_until_ready(Direction::Read, timeout)
            }

            /// Parks the thread until something can be written: there is room in the kernel's buffer, a connection is
            /// made, or there is an error.
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
            /// use coro::net::{TcpListener, TcpStream};
            /// use std::{io::Write, time::Duration};
            /// coro::run(|| -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0")?;
            ///     let mut client = TcpStream::connect(listener.local_addr()?)?;
            ///     client.wait_for_write(Some(Duration::ZERO))?; // there is room
            ///     client.write_all(b"hello")?;
            ///     Ok(())
            /// }).unwrap();
            /// ```
            pub fn wait_for_write(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.source.wait_until_ready(Direction::Write, timeout)
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
                <$from>::from(fd).into()
            }
        }
    };
}
use {socket_basics, socket_handle};
