//! Connected sockets on the loopback interface.

use std::io;
use std::net;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::net::sockopt;

/// A size for [`fix_buffers`]; the kernel doubles it.
///
/// It leaves room for two segments of the loopback interface: with less, the kernel waits for timers.
const FIXED: usize = 128 * 1024;

/// More than the buffers of a connection hold whose ends went through [`fix_buffers`].
pub const MORE_THAN_FITS: usize = 1024 * 1024;

/// Two connected sockets of std.
///
/// # Errors
/// Those of `bind`, `connect` and `accept`.
pub fn std_pair() -> io::Result<(net::TcpStream, net::TcpStream)> {
    let listener = net::TcpListener::bind(("127.0.0.1", 0))?;
    let client = net::TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    Ok((client, server))
}

/// Two connected sockets of coro.
///
/// # Errors
/// Those of `bind`, `connect` and `accept`.
pub fn pair() -> io::Result<(coro::net::TcpStream, coro::net::TcpStream)> {
    let (client, server) = std_pair()?;
    Ok((client.into(), server.into()))
}

/// Sets the size of the kernel's buffers of a socket, which would grow with use otherwise.
///
/// # Errors
/// Those of `setsockopt`.
pub fn fix_buffers(socket: impl AsFd) -> io::Result<()> {
    sockopt::set_socket_send_buffer_size(&socket, FIXED)?;
    sockopt::set_socket_recv_buffer_size(&socket, FIXED)?;
    Ok(())
}

/// Makes closing a socket reset its connection: no trace of it stays behind in the kernel, and unread data is lost.
///
/// # Errors
/// Those of `setsockopt`.
pub fn reset_on_close(socket: impl AsFd) -> io::Result<()> {
    sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
    Ok(())
}
