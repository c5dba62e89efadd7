//! Sockets: TCP, UDP and Unix, shaped after [`std::net`] and [`std::os::unix::net`], and [`Socket`] for every other
//! family and type.
//!
//! A call that would block parks the thread. Outside any loop it blocks the OS thread, as std's. The sockets are
//! `Send` and `Sync`; one socket may be used by several threads, of several loops, at once.
//!
//! # Descriptors
//! The system's descriptor of a socket is non-blocking as long as coro has it, whatever
//! [`set_nonblocking`](TcpStream::set_nonblocking) says: that decides only what a call does that would have to wait. A
//! socket that *leaves* coro, by a conversion into std's type or an [`OwnedFd`](std::os::fd::OwnedFd) or by `into_raw_fd`,
//! becomes what std's would be: blocking, unless it is in would-block mode, with the same timeouts. So it can be given
//! to a child process as its standard input. One that *comes* to coro, by `from` or `from_raw_fd`, becomes non-blocking,
//! brings its timeouts, and parks threads until it is told otherwise.
//!
//! The system keeps all of this with the open socket, not with the descriptor, so it holds for every duplicate. coro's own
//! clones of a socket that has left do not depend on it: they go on parking their threads. Only a listener has a gap: if
//! the duplicate that has left takes the connection that a clone was just about to accept, the clone blocks its OS thread
//! until the next one comes. A duplicate made of a borrowed descriptor (`as_fd`) is non-blocking.

mod accepting;
mod addresses;
mod limits;
mod raw_fd;
mod resolver;
mod socket;
mod socket_options;
mod socket_transfer;
#[cfg(target_os = "linux")]
pub(crate) mod tcp_ext;
mod tcp_listener;
mod tcp_stream;
mod udp_socket;
pub(crate) mod unix;

pub use std::net::{
    AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6,
};

pub use rustix::net::{RecvFlags, SendFlags};
pub use socket2::{Domain, Protocol, SockAddr, TcpKeepalive, Type};

pub use addresses::ToSocketAddrs;
pub use socket::{Socket, make_socket};
pub use tcp_listener::{Incoming, IntoIncoming, TcpListener};
pub use tcp_stream::TcpStream;
pub use udp_socket::UdpSocket;
pub use unix::{UnixDatagram, UnixListener, UnixStream};

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

/// Converts between a socket that is made of a [`Socket`], in its field `socket`, that [`Socket`] and std's socket.
macro_rules! socket_conversions {
    ($socket:ident, $std:ty) => {
        /// The socket stays non-blocking and keeps its timeouts and its mode.
        impl From<$socket> for Socket {
            fn from(socket: $socket) -> Socket {
                socket.socket
            }
        }

        /// The socket stays as it is. The system finds out at the first operation if it is of another family or type.
        impl From<Socket> for $socket {
            fn from(socket: Socket) -> $socket {
                $socket { socket }
            }
        }

        /// Makes std's socket non-blocking and takes its timeouts over.
        ///
        /// # Panics
        /// If the descriptor cannot be made non-blocking, because it is not a socket's.
        impl From<$std> for $socket {
            fn from(socket: $std) -> $socket {
                Socket::from(socket).into()
            }
        }

        /// Makes the socket blocking, as std's are, unless it is in would-block mode, with the same timeouts.
        impl From<$socket> for $std {
            fn from(socket: $socket) -> $std {
                socket.socket.into()
            }
        }
    };
}

/// Implements the timeouts of the sockets that are made of a [`Socket`], in their field `socket`. The last parameter is for
/// the examples: an expression that makes one.
macro_rules! socket_timeouts {
    ($socket:ty, $example:literal) => {
        impl $socket {
            /// Sets how long receiving may wait; none means for ever. It holds for the clones too.
            ///
            /// What waited so long fails with `WouldBlock`, as with std on Unix. It counts by the loop's clock.
            ///
            /// # Errors
            /// `InvalidInput` for a limit of zero.
            ///
            /// # Examples
            /// ```
            /// use std::{io::ErrorKind, time::Duration};
            /// # fn main() -> std::io::Result<()> {
            #[doc = concat!("let socket = ", $example, ";")]
            /// socket.set_read_timeout(Some(Duration::from_millis(100)))?;
            /// assert_eq!(socket.read_timeout()?, Some(Duration::from_millis(100)));
            /// let refused = socket.set_read_timeout(Some(Duration::ZERO)).unwrap_err();
            /// assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            /// # Ok(())
            /// # }
            /// ```
            pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.socket.set_read_timeout(timeout)
            }

            /// Sets how long sending may wait; none means for ever. It holds for the clones too.
            ///
            /// What waited so long fails with `WouldBlock`, as with std on Unix. It counts by the loop's clock.
            ///
            /// # Errors
            /// `InvalidInput` for a limit of zero.
            ///
            /// # Examples
            /// ```
            /// use std::time::Duration;
            /// # fn main() -> std::io::Result<()> {
            #[doc = concat!("let socket = ", $example, ";")]
            /// let clone = socket.try_clone()?;
            /// socket.set_write_timeout(Some(Duration::from_secs(1)))?;
            /// assert_eq!(clone.write_timeout()?, Some(Duration::from_secs(1)));
            /// # Ok(())
            /// # }
            /// ```
            pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                self.socket.set_write_timeout(timeout)
            }

            /// How long receiving may wait.
            ///
            /// # Errors
            /// None; it returns a result because std's does.
            ///
            /// # Examples
            /// ```
            /// # fn main() -> std::io::Result<()> {
            #[doc = concat!("let socket = ", $example, ";")]
            /// assert_eq!(socket.read_timeout()?, None);
            /// # Ok(())
            /// # }
            /// ```
            pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
                self.socket.read_timeout()
            }

            /// How long sending may wait.
            ///
            /// # Errors
            /// None; it returns a result because std's does.
            ///
            /// # Examples
            /// ```
            /// # fn main() -> std::io::Result<()> {
            #[doc = concat!("let socket = ", $example, ";")]
            /// assert_eq!(socket.write_timeout()?, None);
            /// # Ok(())
            /// # }
            /// ```
            pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
                self.socket.write_timeout()
            }
        }
    };
}

/// Implements what every socket has: would-block mode, waiting until it is ready, and the ways from and to a descriptor.
///
/// The third parameter names the field with the [`Socket`] of which the socket is made, if it is.
macro_rules! socket_handle {
    ($socket:ty, $from:ty $(, $inner:ident)?) => {
        impl $socket {
            /// Switches would-block mode on or off, as std's sockets do: in it, what would have to wait fails with
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) at once. Clones share it.
            ///
            /// It is coro's own: the system's descriptor is non-blocking in both modes. Waiting by
            /// [`wait_for_read`](Self::wait_for_read) and [`wait_for_write`](Self::wait_for_write) still parks.
            ///
            /// # Errors
            /// None; it returns a result because std's does.
            ///
            /// # Examples
            /// ```
            /// use coro::net::{TcpListener, TcpStream};
            /// use std::io::ErrorKind;
            /// coro::run(|| -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0")?;
            ///     listener.set_nonblocking(true)?;
            ///     assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
            ///     let _client = TcpStream::connect(listener.local_addr()?)?;
            ///     listener.accept()?;
            ///     listener.set_nonblocking(false)?; // accept parks again
            ///     Ok(())
            /// }).unwrap();
            /// ```
            pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
                self$(.$inner)?.limits.set_would_block(nonblocking);
                Ok(())
            }

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
                self$(.$inner)?.source.wait_until_ready(Direction::Read, timeout)
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
                self$(.$inner)?.source.wait_until_ready(Direction::Write, timeout)
            }

            /// Its readiness to be read, for [`select!`](crate::select): there is what
            /// [`wait_for_read`](Self::wait_for_read) waits for. Nothing is taken by that.
            ///
            /// # Examples
            /// ```
            /// use coro::net::{TcpListener, TcpStream};
            /// use std::time::Duration;
            /// coro::run(|| -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0")?;
            ///     coro::select! {
            ///         wait(listener.readable()) -> _ready => panic!("nobody has come"),
            ///         wait(Duration::from_millis(1)) => {}
            ///     }
            ///     let _client = TcpStream::connect(listener.local_addr()?)?;
            ///     coro::select! {
            ///         wait(listener.readable()) -> ready => ready?,
            ///         wait(Duration::from_secs(60)) => panic!("somebody has come"),
            ///     }
            ///     listener.accept()?;
            ///     Ok(())
            /// }).unwrap();
            /// ```
            pub fn readable(&self) -> crate::io::Readiness<'_> {
                self$(.$inner)?.source.readiness(Direction::Read)
            }

            /// Its readiness to be written, for [`select!`](crate::select): there is what
            /// [`wait_for_write`](Self::wait_for_write) waits for.
            ///
            /// # Examples
            /// ```
            /// use coro::net::{TcpListener, TcpStream};
            /// use std::time::Duration;
            /// coro::run(|| -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0")?;
            ///     let client = TcpStream::connect(listener.local_addr()?)?;
            ///     coro::select! {
            ///         wait(client.writable()) -> ready => ready?, // there is room
            ///         wait(Duration::from_secs(60)) => panic!("there is room"),
            ///     }
            ///     Ok(())
            /// }).unwrap();
            /// ```
            pub fn writable(&self) -> crate::io::Readiness<'_> {
                self$(.$inner)?.source.readiness(Direction::Write)
            }
        }

        impl AsFd for $socket {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self$(.$inner)?.handed_out().as_fd()
            }
        }

        impl AsRawFd for $socket {
            fn as_raw_fd(&self) -> RawFd {
                self$(.$inner)?.handed_out().as_raw_fd()
            }
        }

        impl IntoRawFd for $socket {
            fn into_raw_fd(self) -> RawFd {
                <$from>::from(self).into_raw_fd()
            }
        }

        impl From<$socket> for OwnedFd {
            fn from(socket: $socket) -> OwnedFd {
                <$from>::from(socket).into()
            }
        }

        impl From<OwnedFd> for $socket {
            fn from(fd: OwnedFd) -> $socket {
                <$from>::from(fd).into()
            }
        }
    };
}
use {socket_basics, socket_conversions, socket_handle, socket_timeouts};
