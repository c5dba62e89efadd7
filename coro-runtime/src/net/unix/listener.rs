//! A server socket of the Unix family.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockAddr, Type};

use super::address;
use super::stream::UnixStream;
use crate::net::Socket;
use crate::sys::socket::Direction;

/// As many connections may wait to be accepted as the system allows, which is what std asks for here.
const BACKLOG: i32 = i32::MAX;

/// A Unix socket server, listening for connections, as [`std::os::unix::net::UnixListener`].
///
/// Any number of threads may accept on one listener. Dropping it does not remove the file of its name.
///
/// # Examples
/// ```
/// use coro::net::{UnixListener, UnixStream};
/// use std::io::{Read, Write};
/// coro::run(|| -> std::io::Result<()> {
///     let path = std::env::temp_dir().join(format!("coro-listener-{}", std::process::id()));
///     let listener = UnixListener::bind(&path)?;
///     let client = coro::thread::spawn({
///         let path = path.clone();
///         move || UnixStream::connect(path)?.write_all(b"hello")
///     });
///     let (mut conn, _peer) = listener.accept()?;
///     std::fs::remove_file(path)?;
///     let mut text = String::new();
///     conn.read_to_string(&mut text)?;
///     assert_eq!(text, "hello");
///     client.join().unwrap()
/// }).unwrap();
/// ```
pub struct UnixListener {
    pub(in crate::net) socket: Socket,
}

impl UnixListener {
    /// Makes a listener with a path for its name, as [`std::os::unix::net::UnixListener::bind`].
    ///
    /// # Errors
    /// There is a file at that path already (`AddrInUse`), or none can be made; `InvalidInput` for a path that is too long.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixListener;
    /// let path = std::env::temp_dir().join(format!("coro-bind-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path).unwrap();
    /// let taken = UnixListener::bind(&path).unwrap_err();
    /// assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
    /// std::fs::remove_file(path).unwrap();
    /// ```
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<UnixListener> {
        Self::bind_to(&address::of_path(path)?)
    }

    /// Makes a listener with any name: a path, an abstract one, or none, for which Linux chooses an abstract one.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    ///
    /// # Examples
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// # fn main() -> std::io::Result<()> {
    /// use coro::os::linux::net::SocketAddrExt;
    /// use coro::os::unix::net::{SocketAddr, UnixListener, UnixStream};
    /// coro::run(|| {
    ///     let name = SocketAddr::from_abstract_name(format!("coro-bind-addr-{}", std::process::id()))?;
    ///     let listener = UnixListener::bind_addr(&name)?; // no file is made
    ///     UnixStream::connect_addr(&name)?;
    ///     listener.accept()?;
    ///     Ok(())
    /// })
    /// # }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<UnixListener> {
        Self::bind_to(&address::from_std(socket_addr)?)
    }

    fn bind_to(name: &SockAddr) -> io::Result<UnixListener> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(name)?;
        socket.listen(BACKLOG)?;
        Ok(UnixListener { socket })
    }

    /// Waits for a connection and accepts it; the address is the peer's, which mostly has no name.
    ///
    /// When the process has run out of descriptors or the system out of memory, it tries again after 10 to 100
    /// milliseconds rather than spin.
    ///
    /// # Errors
    /// Those of the system's `accept`, other than the above; `WouldBlock` in would-block mode.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; no connection is lost.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{UnixListener, UnixStream};
    /// # #[cfg(target_os = "linux")]
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = UnixListener::bind("")?; // Linux chooses an abstract name
    ///     let client = UnixStream::connect_addr(&listener.local_addr()?)?;
    ///     let (conn, peer) = listener.accept()?;
    ///     assert!(peer.is_unnamed());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (socket, peer) = self.socket.accept()?;
        // A connection is not lost because its peer's name is one that std does not represent.
        let peer = address::into_std(&peer).unwrap_or_else(|_| address::unnamed());
        Ok((UnixStream { socket }, peer))
    }

    /// An iterator over the connections as they come; it never ends.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{UnixListener, UnixStream};
    /// # #[cfg(target_os = "linux")]
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = UnixListener::bind("")?;
    ///     let name = listener.local_addr()?;
    ///     let server = coro::thread::spawn(move || listener.incoming().take(2).flatten().count());
    ///     let _clients = (UnixStream::connect_addr(&name)?, UnixStream::connect_addr(&name)?);
    ///     assert_eq!(server.join().unwrap(), 2);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// The listener's name.
    ///
    /// # Errors
    /// Those of the system's `getsockname`.
    ///
    /// # Examples
    /// ```
    /// use coro::net::UnixListener;
    /// let path = std::env::temp_dir().join(format!("coro-local-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path).unwrap();
    /// assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(path.as_path()));
    /// std::fs::remove_file(path).unwrap();
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        address::into_std(&self.socket.local_addr()?)
    }

    /// A second, independent handle to the same socket.
    ///
    /// # Errors
    /// Too many open descriptors.
    ///
    /// # Examples
    /// ```
    /// use coro::net::{UnixListener, UnixStream};
    /// # #[cfg(target_os = "linux")]
    /// coro::run(|| -> std::io::Result<()> {
    ///     let listener = UnixListener::bind("")?;
    ///     let clone = listener.try_clone()?;
    ///     drop(listener); // the socket goes on listening as long as there is a handle
    ///     let _client = UnixStream::connect_addr(&clone.local_addr()?)?;
    ///     assert!(clone.accept().is_ok());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn try_clone(&self) -> io::Result<UnixListener> {
        Ok(UnixListener { socket: self.socket.try_clone()? })
    }

    /// Takes the socket's pending error, if there is one.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// assert!(coro::net::UnixListener::bind("").unwrap().take_error().unwrap().is_none());
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }
}

/// An infinite iterator over a listener's connections; see [`UnixListener::incoming`].
///
/// # Interruption
/// As [`UnixListener::accept`].
///
/// # Examples
/// ```
/// use coro::os::unix::net::{Incoming, UnixListener, UnixStream};
/// # #[cfg(target_os = "linux")]
/// coro::run(|| -> std::io::Result<()> {
///     let listener = UnixListener::bind("")?;
///     let _client = UnixStream::connect_addr(&listener.local_addr()?)?;
///     let mut connections: Incoming<'_> = listener.incoming();
///     connections.next().expect("it never ends")?;
///     Ok(())
/// }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is used"]
pub struct Incoming<'a> {
    listener: &'a UnixListener,
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<UnixStream>;

    fn next(&mut self) -> Option<io::Result<UnixStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

impl<'a> IntoIterator for &'a UnixListener {
    type Item = io::Result<UnixStream>;
    type IntoIter = Incoming<'a>;

    fn into_iter(self) -> Incoming<'a> {
        self.incoming()
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("UnixListener");
        fields.field("fd", &self.socket.source.get().as_raw_fd());
        if let Ok(name) = self.local_addr() {
            fields.field("local", &name);
        }
        fields.finish()
    }
}

crate::net::socket_conversions!(UnixListener, net::UnixListener);
crate::net::socket_handle!(UnixListener, net::UnixListener, socket);
