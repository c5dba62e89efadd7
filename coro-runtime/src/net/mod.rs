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

/// Implements the ways between a socket and its descriptor that std's sockets have.
macro_rules! fd_conversions {
    ($socket:ty, $std:ty) => {
        impl AsFd for $socket {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.source.get().as_fd()
            }
        }

        impl AsRawFd for $socket {
            fn as_raw_fd(&self) -> RawFd {
                self.source.get().as_raw_fd()
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
use fd_conversions;
