//! What std has under [`std::os::linux`].

pub use std::os::linux::fs;

/// What only Linux's sockets have, shaped after [`std::os::linux::net`].
pub mod net {
    pub use crate::net::tcp_ext::TcpStreamExt;
    pub use std::os::linux::net::SocketAddrExt;
}
