//! Sockets from descriptors that are bare numbers.
//!
//! Std's trait is unsafe to call, because only the caller knows that nobody else owns the descriptor. All of its
//! implementations are here, so that the rest of the sockets stays safe code; what they do is that of `From<OwnedFd>`.
#![expect(unsafe_code, reason = "FromRawFd has an unsafe function")]

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use super::{Socket, TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for TcpListener {
    unsafe fn from_raw_fd(fd: RawFd) -> TcpListener {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for TcpStream {
    unsafe fn from_raw_fd(fd: RawFd) -> TcpStream {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for UdpSocket {
    unsafe fn from_raw_fd(fd: RawFd) -> UdpSocket {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for UnixListener {
    unsafe fn from_raw_fd(fd: RawFd) -> UnixListener {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for UnixStream {
    unsafe fn from_raw_fd(fd: RawFd) -> UnixStream {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for UnixDatagram {
    unsafe fn from_raw_fd(fd: RawFd) -> UnixDatagram {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

/// As `From<OwnedFd>`: the socket becomes non-blocking and brings its timeouts.
///
/// # Panics
/// If the descriptor cannot be made non-blocking, because it is not a socket's.
impl FromRawFd for Socket {
    unsafe fn from_raw_fd(fd: RawFd) -> Socket {
        // SAFETY: the caller hands over an open descriptor that nobody else owns.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsFd, IntoRawFd};

    use socket2::SockRef;

    use super::*;

    fn is_blocking(fd: impl AsFd) -> bool {
        !SockRef::from(&fd).nonblocking().expect("the descriptor is open")
    }

    /// Lets a socket leave as a number and come back.
    fn round_trip<S: AsFd + IntoRawFd + FromRawFd>(socket: S) -> S {
        assert!(!is_blocking(&socket));
        let fd = socket.into_raw_fd();
        // SAFETY: `into_raw_fd` has given the descriptor away, and nobody else has the number.
        let owned = unsafe { OwnedFd::from_raw_fd(fd) };
        assert!(is_blocking(&owned));
        // SAFETY: the same again.
        let socket = unsafe { S::from_raw_fd(owned.into_raw_fd()) };
        assert!(!is_blocking(&socket));
        socket
    }

    #[test]
    fn every_socket_leaves_and_comes_back() {
        let listener = round_trip(TcpListener::bind("127.0.0.1:0").expect("a listener"));
        let address = listener.local_addr().expect("an address");
        round_trip(TcpStream::connect(address).expect("a stream"));
        round_trip(UdpSocket::bind("127.0.0.1:0").expect("a socket"));
        round_trip(UnixDatagram::unbound().expect("a socket"));
        let (one, other) = UnixStream::pair().expect("a pair");
        round_trip(Socket::from(round_trip(one)));
        let path = std::env::temp_dir().join(format!("coro-raw-fd-{}", std::process::id()));
        let listener = UnixListener::bind(&path).expect("a listener");
        std::fs::remove_file(path).expect("its file");
        round_trip(listener);
        drop(other);
    }
}
