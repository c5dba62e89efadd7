//! The names of `std::net`.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::iter::FusedIterator;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::sys;

/// What a reference may point to.
type T = SocketAddr;

imports! {
    sys::net::ToSocketAddrs;
}

types! {
    sys::net::Incoming<'static>;
    sys::net::TcpListener;
    sys::net::TcpStream;
    sys::net::UdpSocket;
}

items! {
    sys::net::TcpListener::bind::<SocketAddr>;
    sys::net::TcpListener::local_addr;
    sys::net::TcpListener::try_clone;
    sys::net::TcpListener::accept;
    sys::net::TcpListener::incoming;
    sys::net::TcpListener::set_ttl;
    sys::net::TcpListener::ttl;
    sys::net::TcpListener::set_only_v6;
    sys::net::TcpListener::only_v6;
    sys::net::TcpListener::take_error;
    sys::net::TcpListener::set_nonblocking;
    sys::net::TcpStream::connect::<SocketAddr>;
    sys::net::TcpStream::connect_timeout;
    sys::net::TcpStream::peer_addr;
    sys::net::TcpStream::local_addr;
    sys::net::TcpStream::shutdown;
    sys::net::TcpStream::try_clone;
    sys::net::TcpStream::set_read_timeout;
    sys::net::TcpStream::set_write_timeout;
    sys::net::TcpStream::read_timeout;
    sys::net::TcpStream::write_timeout;
    sys::net::TcpStream::peek;
    sys::net::TcpStream::set_nodelay;
    sys::net::TcpStream::nodelay;
    sys::net::TcpStream::set_ttl;
    sys::net::TcpStream::ttl;
    sys::net::TcpStream::take_error;
    sys::net::TcpStream::set_nonblocking;
    sys::net::UdpSocket::bind::<SocketAddr>;
    sys::net::UdpSocket::recv_from;
    sys::net::UdpSocket::peek_from;
    sys::net::UdpSocket::send_to::<SocketAddr>;
    sys::net::UdpSocket::peer_addr;
    sys::net::UdpSocket::local_addr;
    sys::net::UdpSocket::try_clone;
    sys::net::UdpSocket::set_read_timeout;
    sys::net::UdpSocket::set_write_timeout;
    sys::net::UdpSocket::read_timeout;
    sys::net::UdpSocket::write_timeout;
    sys::net::UdpSocket::set_broadcast;
    sys::net::UdpSocket::broadcast;
    sys::net::UdpSocket::set_multicast_loop_v4;
    sys::net::UdpSocket::multicast_loop_v4;
    sys::net::UdpSocket::set_multicast_ttl_v4;
    sys::net::UdpSocket::multicast_ttl_v4;
    sys::net::UdpSocket::set_multicast_loop_v6;
    sys::net::UdpSocket::multicast_loop_v6;
    sys::net::UdpSocket::set_ttl;
    sys::net::UdpSocket::ttl;
    sys::net::UdpSocket::join_multicast_v4;
    sys::net::UdpSocket::join_multicast_v6;
    sys::net::UdpSocket::leave_multicast_v4;
    sys::net::UdpSocket::leave_multicast_v6;
    sys::net::UdpSocket::take_error;
    sys::net::UdpSocket::connect::<SocketAddr>;
    sys::net::UdpSocket::send;
    sys::net::UdpSocket::recv;
    sys::net::UdpSocket::peek;
    sys::net::UdpSocket::set_nonblocking;
    <SocketAddr as sys::net::ToSocketAddrs>::to_socket_addrs;
}

impls! {
    sys::net::Incoming<'static>: Debug;
    sys::net::Incoming<'static>: Iterator;
    sys::net::Incoming<'static>: FusedIterator;
    sys::net::Incoming<'static>: RefUnwindSafe;
    sys::net::Incoming<'static>: Send;
    sys::net::Incoming<'static>: Sync;
    sys::net::Incoming<'static>: Unpin;
    sys::net::Incoming<'static>: UnwindSafe;
    sys::net::TcpListener: AsFd;
    sys::net::TcpListener: AsRawFd;
    sys::net::TcpListener: Debug;
    sys::net::TcpListener: From<OwnedFd>;
    OwnedFd: From<sys::net::TcpListener>;
    sys::net::TcpListener: FromRawFd;
    sys::net::TcpListener: IntoRawFd;
    sys::net::TcpListener: RefUnwindSafe;
    sys::net::TcpListener: Send;
    sys::net::TcpListener: Sync;
    sys::net::TcpListener: Unpin;
    sys::net::TcpListener: UnwindSafe;
    sys::net::TcpStream: AsFd;
    sys::net::TcpStream: AsRawFd;
    sys::net::TcpStream: Debug;
    sys::net::TcpStream: From<OwnedFd>;
    OwnedFd: From<sys::net::TcpStream>;
    sys::net::TcpStream: FromRawFd;
    sys::net::TcpStream: IntoRawFd;
    &'static sys::net::TcpStream: Read;
    sys::net::TcpStream: Read;
    &'static sys::net::TcpStream: Write;
    sys::net::TcpStream: Write;
    sys::net::TcpStream: RefUnwindSafe;
    sys::net::TcpStream: Send;
    sys::net::TcpStream: Sync;
    sys::net::TcpStream: Unpin;
    sys::net::TcpStream: UnwindSafe;
    sys::net::UdpSocket: AsFd;
    sys::net::UdpSocket: AsRawFd;
    sys::net::UdpSocket: Debug;
    sys::net::UdpSocket: From<OwnedFd>;
    OwnedFd: From<sys::net::UdpSocket>;
    sys::net::UdpSocket: FromRawFd;
    sys::net::UdpSocket: IntoRawFd;
    sys::net::UdpSocket: RefUnwindSafe;
    sys::net::UdpSocket: Send;
    sys::net::UdpSocket: Sync;
    sys::net::UdpSocket: Unpin;
    sys::net::UdpSocket: UnwindSafe;
    (&'static str, u16): sys::net::ToSocketAddrs;
    (IpAddr, u16): sys::net::ToSocketAddrs;
    (String, u16): sys::net::ToSocketAddrs;
    (Ipv4Addr, u16): sys::net::ToSocketAddrs;
    (Ipv6Addr, u16): sys::net::ToSocketAddrs;
    SocketAddr: sys::net::ToSocketAddrs;
    str: sys::net::ToSocketAddrs;
    String: sys::net::ToSocketAddrs;
    SocketAddrV4: sys::net::ToSocketAddrs;
    SocketAddrV6: sys::net::ToSocketAddrs;
    &'static [SocketAddr]: sys::net::ToSocketAddrs;
    &'static T: sys::net::ToSocketAddrs;
}
