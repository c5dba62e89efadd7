//! Calls on sockets, each of which returns at once.
//!
//! Bytes move with `MSG_DONTWAIT`, so a call cannot block even if the descriptor's shared `O_NONBLOCK` flag was
//! taken off through a duplicate (`try_clone` followed by a conversion into std's type).

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrAny};

use super::{Call, enter};

/// How many buffers one call may take (`IOV_MAX`); std stops there too.
const MOST_BUFFERS: usize = 1024;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

pub(crate) fn receive(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: RecvFlags,
) -> io::Result<usize> {
    enter(Call::Receive)?;
    let (count, _) = rustix::net::recv(fd, buffer, flags | RecvFlags::DONTWAIT)?;
    Ok(count)
}

pub(crate) fn receive_vectored(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
) -> io::Result<usize> {
    enter(Call::Receive)?;
    let mut control = RecvAncillaryBuffer::default();
    let count = buffers.len().min(MOST_BUFFERS);
    let message =
        rustix::net::recvmsg(fd, &mut buffers[..count], &mut control, RecvFlags::DONTWAIT)?;
    Ok(message.bytes)
}

pub(crate) fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    enter(Call::Send)?;
    Ok(rustix::net::send(fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?)
}

pub(crate) fn send_vectored(fd: BorrowedFd<'_>, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    enter(Call::Send)?;
    let mut control = SendAncillaryBuffer::default();
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let count = buffers.len().min(MOST_BUFFERS);
    Ok(rustix::net::sendmsg(fd, &buffers[..count], &mut control, flags)?)
}

/// Changes how many connections may wait to be accepted.
pub(crate) fn set_backlog(listener: &TcpListener, backlog: i32) -> io::Result<()> {
    Ok(rustix::net::listen(listener, backlog)?)
}

/// Accepts a connection, non-blocking and close-on-exec.
pub(crate) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    enter(Call::Accept)?;
    let (fd, address) = accept_fd(listener.as_fd())?;
    let address = address.and_then(|address| SocketAddr::try_from(address).ok());
    let stream = TcpStream::from(fd);
    match address {
        Some(address) => Ok((stream, address)),
        None => stream.peer_addr().map(|address| (stream, address)),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn accept_fd(fd: BorrowedFd<'_>) -> io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    use rustix::net::{SocketFlags, acceptfrom_with};
    Ok(acceptfrom_with(fd, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn accept_fd(fd: BorrowedFd<'_>) -> io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    let (connection, address) = rustix::net::acceptfrom(fd)?;
    let connection = socket2::Socket::from(connection);
    connection.set_cloexec(true)?;
    connection.set_nonblocking(true)?;
    Ok((connection.into(), address))
}

/// Creates a non-blocking stream socket for `address` and starts to connect it.
///
/// The connection is usually under way when this returns; it is made, or has failed, once the socket is writable.
pub(crate) fn start_connect(address: &SocketAddr) -> io::Result<TcpStream> {
    enter(Call::Socket)?;
    let domain = socket2::Domain::for_address(*address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    enter(Call::Connect)?;
    match socket.connect(&(*address).into()) {
        Ok(()) => Ok(socket.into()),
        Err(error) if is_in_progress(&error) => Ok(socket.into()),
        Err(error) => Err(error),
    }
}

fn is_in_progress(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS) || error.kind() == io::ErrorKind::WouldBlock
}

/// Says whether a connection that was started is made: `WouldBlock` as long as it is under way.
pub(crate) fn connect_outcome(stream: &TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        Err(error) => Err(error),
    }
}

/// Blocks the OS thread until `fd` is ready in `direction`; `Ok(false)` means that the timeout passed first.
pub(crate) fn block_until_ready(
    fd: BorrowedFd<'_>,
    direction: Direction,
    timeout: Option<Duration>,
) -> io::Result<bool> {
    let flags = match direction {
        Direction::Read => PollFlags::IN | PollFlags::PRI,
        Direction::Write => PollFlags::OUT,
    };
    let timeout = timeout.map(|timeout| Timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    match poll(&mut [PollFd::from_borrowed_fd(fd, flags)], timeout.as_ref()) {
        Ok(count) => Ok(count > 0),
        // A signal ends the wait early; the caller tries its operation and comes back.
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
