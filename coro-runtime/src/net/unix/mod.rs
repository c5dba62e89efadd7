//! Unix sockets: [`Socket`](super::Socket) in the shape of the types of [`std::os::unix::net`].

mod address;
mod datagram;
mod listener;
mod stream;

pub use datagram::UnixDatagram;
pub use listener::{Incoming, UnixListener};
pub use std::os::unix::net::SocketAddr;
pub use stream::UnixStream;
