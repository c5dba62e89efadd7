//! Calls on sockets, each of which returns at once.
//!
//! Bytes move with `MSG_DONTWAIT`, so a call cannot block even if the descriptor's shared `O_NONBLOCK` flag was
//! taken off through a duplicate (`try_clone` followed by a conversion into std's type).

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    RecvAncillaryBuffer, RecvFlags, RecvMsg, SendAncillaryBuffer, SendFlags, SocketAddrAny,
};

use super::{Call, enter};

/// How many buffers one call may take (`IOV_MAX`); std stops there too.
pub(super) const MOST_BUFFERS: usize = 1024;
/// Sending never blocks, and never raises `SIGPIPE`.
pub(super) const SEND_FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// The timeout of a poll that only looks.
const NO_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

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
    // With `MSG_TRUNC` it is the length of the datagram, however much of it there was room for.
    let (_, count) = rustix::net::recv(fd, buffer, flags | RecvFlags::DONTWAIT)?;
    Ok(count)
}

pub(crate) fn receive_vectored(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
    flags: RecvFlags,
) -> io::Result<usize> {
    Ok(receive_message(fd, buffers, flags)?.bytes)
}

pub(super) fn receive_message(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
    flags: RecvFlags,
) -> io::Result<RecvMsg> {
    enter(Call::Receive)?;
    let mut control = RecvAncillaryBuffer::default();
    let count = buffers.len().min(MOST_BUFFERS);
    let flags = flags | RecvFlags::DONTWAIT;
    Ok(rustix::net::recvmsg(fd, &mut buffers[..count], &mut control, flags)?)
}

pub(crate) fn send(fd: BorrowedFd<'_>, bytes: &[u8], flags: SendFlags) -> io::Result<usize> {
    enter(Call::Send)?;
    Ok(rustix::net::send(fd, bytes, flags | SEND_FLAGS)?)
}

pub(crate) fn send_vectored(
    fd: BorrowedFd<'_>,
    buffers: &[IoSlice<'_>],
    flags: SendFlags,
) -> io::Result<usize> {
    enter(Call::Send)?;
    let mut control = SendAncillaryBuffer::default();
    let count = buffers.len().min(MOST_BUFFERS);
    Ok(rustix::net::sendmsg(fd, &buffers[..count], &mut control, flags | SEND_FLAGS)?)
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

/// Whether `fd` is ready in `direction` at this moment.
pub(crate) fn is_ready(fd: BorrowedFd<'_>, direction: Direction) -> io::Result<bool> {
    Ok(!look(fd, poll_flags(direction))?.is_empty())
}

/// What says that nothing more will be received.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ENDED: PollFlags = PollFlags::RDHUP.union(PollFlags::HUP);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const ENDED: PollFlags = PollFlags::HUP;

/// Whether receiving was shut down, through whatever handle to the socket.
pub(crate) fn has_ended(fd: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(look(fd, ENDED)?.intersects(ENDED))
}

/// Which of `flags` hold at this moment, and which of those that are always reported.
fn look(fd: BorrowedFd<'_>, flags: PollFlags) -> io::Result<PollFlags> {
    let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
    loop {
        match poll(&mut fds, Some(&NO_TIME)) {
            Ok(_) => return Ok(fds[0].revents()),
            // A pending signal ends even a poll that would not wait.
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn poll_flags(direction: Direction) -> PollFlags {
    match direction {
        Direction::Read => PollFlags::IN | PollFlags::PRI,
        Direction::Write => PollFlags::OUT,
    }
}

/// Blocks the OS thread until `fd` is ready in `direction`; `Ok(false)` means that the timeout passed first.
pub(crate) fn block_until_ready(
    fd: BorrowedFd<'_>,
    direction: Direction,
    timeout: Option<Duration>,
) -> io::Result<bool> {
    block_for(fd, poll_flags(direction), timeout)
}

/// As [`block_until_ready`], for the sake of an operation: urgent data is no reason to try it, unless it asks for that.
pub(crate) fn block_until_possible(
    fd: BorrowedFd<'_>,
    direction: Direction,
    timeout: Option<Duration>,
) -> io::Result<bool> {
    block_for(fd, poll_flags(direction).difference(PollFlags::PRI), timeout)
}

fn block_for(fd: BorrowedFd<'_>, flags: PollFlags, timeout: Option<Duration>) -> io::Result<bool> {
    let timeout = timeout.map(timespec);
    match poll(&mut [PollFd::from_borrowed_fd(fd, flags)], timeout.as_ref()) {
        Ok(count) => Ok(count > 0),
        // A signal ends the wait early; the caller tries its operation and comes back.
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Blocks the OS thread until one of `fds` is ready in its direction; `Ok(false)` means that the timeout passed first.
pub(crate) fn block_until_any(
    fds: &[(BorrowedFd<'_>, Direction)],
    timeout: Option<Duration>,
) -> io::Result<bool> {
    let mut fds: Vec<PollFd<'_>> = fds
        .iter()
        .map(|(fd, direction)| PollFd::from_borrowed_fd(*fd, poll_flags(*direction)))
        .collect();
    match poll(&mut fds, timeout.map(timespec).as_ref()) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn timespec(timeout: Duration) -> Timespec {
    Timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    }
}
