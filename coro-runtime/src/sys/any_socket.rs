//! Calls on sockets of any family and type, each of which returns at once.
//!
//! They go to the kernel through rustix where bytes come in, for socket2 wants buffers whose bytes may be undefined,
//! and through socket2 where an address of any family goes out.

use std::ffi::OsStr;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketAddrUnix};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::socket::{self, Direction, MOST_BUFFERS, SEND_FLAGS};
use super::{Call, enter};

/// Creates a socket, non-blocking and close-on-exec.
pub(crate) fn create(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    enter(Call::Socket)?;
    let socket = Socket::new(domain, kind, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Creates two connected sockets, non-blocking and close-on-exec.
pub(crate) fn create_pair(
    domain: Domain,
    kind: Type,
    protocol: Option<Protocol>,
) -> io::Result<(Socket, Socket)> {
    enter(Call::Socket)?;
    let (one, other) = Socket::pair(domain, kind, protocol)?;
    one.set_nonblocking(true)?;
    other.set_nonblocking(true)?;
    Ok((one, other))
}

/// Accepts a connection, non-blocking and close-on-exec.
pub(crate) fn accept(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
    enter(Call::Accept)?;
    accept_from(listener)
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn accept_from(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
    listener.accept4(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn accept_from(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
    let (connection, address) = listener.accept()?;
    connection.set_nonblocking(true)?;
    Ok((connection, address))
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Connection {
    Made,
    UnderWay,
}

/// Starts to connect a socket.
///
/// # Errors
/// `WouldBlock` if nothing was started because the queue of a Unix listener is full; no edge tells when it is not.
pub(crate) fn connect(socket: &Socket, address: &SockAddr) -> io::Result<Connection> {
    match begin_connection(socket, address) {
        Ok(()) => Ok(Connection::Made),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EALREADY)) => {
            Ok(Connection::UnderWay)
        }
        Err(error) => Err(error),
    }
}

/// Starts to connect a socket, and fails as the system does if it is not connected yet.
pub(crate) fn begin_connection(socket: &Socket, address: &SockAddr) -> io::Result<()> {
    enter(Call::Connect)?;
    socket.connect(address)
}

/// Says whether a connection that was started is made: `WouldBlock` as long as it is under way.
///
/// It asks the kernel whether there is an outcome first, so that a second thread that waits for the same connection
/// finds an end too after the first has taken the error.
pub(crate) fn connection_outcome(socket: &Socket) -> io::Result<()> {
    if !socket::is_ready(socket.as_fd(), Direction::Write)? {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    match socket.take_error()? {
        Some(error) => Err(error),
        None => socket.peer_addr().map(drop),
    }
}

pub(crate) fn receive_from(
    socket: &Socket,
    domain: Domain,
    buffer: &mut [u8],
    flags: RecvFlags,
) -> io::Result<(usize, SockAddr)> {
    enter(Call::Receive)?;
    let peeked = peek_sender(socket, domain, flags)?;
    let flags = flags | RecvFlags::DONTWAIT;
    let (_, count, address) = rustix::net::recvfrom(socket, buffer, flags)?;
    Ok((count, sender(socket, domain, peeked, address)?))
}

pub(crate) fn receive_vectored_from(
    socket: &Socket,
    domain: Domain,
    buffers: &mut [IoSliceMut<'_>],
    flags: RecvFlags,
) -> io::Result<(usize, SockAddr)> {
    let peeked = peek_sender(socket, domain, flags)?;
    let message = socket::receive_message(socket.as_fd(), buffers, flags)?;
    Ok((message.bytes, sender(socket, domain, peeked, message.address)?))
}

/// The sender of the next datagram, for families whose addresses rustix does not hand out.
fn peek_sender(socket: &Socket, domain: Domain, flags: RecvFlags) -> io::Result<Option<SockAddr>> {
    if [Domain::IPV4, Domain::IPV6, Domain::UNIX].contains(&domain) {
        return Ok(None);
    }
    let flags = flags | RecvFlags::PEEK | RecvFlags::DONTWAIT;
    let (_, address) = socket.recv_from_with_flags(&mut [], flags.bits() as i32)?;
    Ok(Some(address))
}

/// The address of a sender: as peeked, as received, or else the peer's.
fn sender(
    socket: &Socket,
    domain: Domain,
    peeked: Option<SockAddr>,
    received: Option<SocketAddrAny>,
) -> io::Result<SockAddr> {
    if let Some(address) = peeked.or_else(|| received.and_then(convert)) {
        return Ok(address);
    }
    if domain == Domain::UNIX {
        return SockAddr::unix("");
    }
    // A peer that has gone has no name any more, but what it sent must not be lost for that.
    socket.peer_addr().or_else(|_| SockAddr::unix(""))
}

fn convert(address: SocketAddrAny) -> Option<SockAddr> {
    match SocketAddr::try_from(address.clone()) {
        Ok(address) => Some(address.into()),
        Err(_) => convert_unix(&SocketAddrUnix::try_from(address).ok()?),
    }
}

fn convert_unix(address: &SocketAddrUnix) -> Option<SockAddr> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(name) = address.abstract_name() {
        let name = [&[0], name].concat();
        return SockAddr::unix(OsStr::from_bytes(&name)).ok();
    }
    SockAddr::unix(OsStr::from_bytes(address.path_bytes().unwrap_or_default())).ok()
}

pub(crate) fn send_to(
    socket: &Socket,
    bytes: &[u8],
    address: &SockAddr,
    flags: SendFlags,
) -> io::Result<usize> {
    enter(Call::Send)?;
    socket.send_to_with_flags(bytes, address, (flags | SEND_FLAGS).bits() as i32)
}

pub(crate) fn send_vectored_to(
    socket: &Socket,
    buffers: &[IoSlice<'_>],
    address: &SockAddr,
    flags: SendFlags,
) -> io::Result<usize> {
    enter(Call::Send)?;
    let buffers = &buffers[..buffers.len().min(MOST_BUFFERS)];
    socket.send_to_vectored_with_flags(buffers, address, (flags | SEND_FLAGS).bits() as i32)
}
