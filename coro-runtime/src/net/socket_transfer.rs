//! What a socket moves: bytes and datagrams, with flags, with addresses, in several buffers.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::AsFd;

use rustix::net::{RecvFlags, SendFlags};
use socket2::{Domain, SockAddr};

use super::socket::{Ends, Socket};
use crate::sys::any_socket;
use crate::sys::socket::{self, Direction};

/// Receiving. A count of 0 is the end of a stream; from a datagram socket it is an empty datagram. What a datagram has
/// beyond the buffer is lost.
impl Socket {
    /// Receives bytes or a datagram.
    ///
    /// # Errors
    /// Those of the system's `recv`; `WouldBlock` after the [read timeout](Self::set_read_timeout).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     coro::thread::spawn(move || one.send(b"hello"));
    ///     let mut buf = [0; 16];
    ///     let count = other.recv(&mut buf)?; // parks until it has come
    ///     assert_eq!(&buf[..count], b"hello");
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[inline]
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = buf.len();
        let operation =
            |socket: &socket2::Socket| socket::receive(socket.as_fd(), buf, RecvFlags::empty());
        let operation = self.until_end(operation, || Ok(0));
        let count = self.limits.perform(&self.source, Direction::Read, operation)?;
        if self.ends == Ends::Drained && 0 < count && count < wanted {
            self.source.note_short(Direction::Read);
        }
        Ok(count)
    }

    /// As [`recv`](Self::recv), with flags.
    ///
    /// With [`RecvFlags::DONTWAIT`] it does not park: it fails with `WouldBlock`. With [`RecvFlags::TRUNC`] the count
    /// is a datagram's whole length, on Linux. [`RecvFlags::WAITALL`] has no effect, as in every non-blocking call; use
    /// [`read_exact`](Read::read_exact).
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, RecvFlags, Socket, Type};
    /// use std::io::ErrorKind;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (_one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     let error = other.recv_with_flags(&mut [0; 8], RecvFlags::DONTWAIT).unwrap_err();
    ///     assert_eq!(error.kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_with_flags(&self, buf: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        self.receive(flags, |socket| socket::receive(socket.as_fd(), buf, flags), || Ok(0))
    }

    /// As [`recv`](Self::recv), and leaves what it received there.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     one.send(b"hello")?;
    ///     assert_eq!(other.peek(&mut [0; 16])?, 5);
    ///     assert_eq!(other.recv(&mut [0; 16])?, 5); // the same
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv_with_flags(buf, RecvFlags::PEEK)
    }

    /// As [`recv`](Self::recv), and says from where.
    ///
    /// Where the system does not tell the sender, as for a stream, it is the peer; one that is not known is an unnamed
    /// Unix address. For families other than IP and Unix the address is looked up by a peek before; if other OS threads
    /// receive from the same socket at that moment, it may be another datagram's.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SocketAddr, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let any_port = SocketAddr::from(([127, 0, 0, 1], 0)).into();
    ///     let (one, other) = (make_socket(Domain::IPV4, Type::DGRAM)?, make_socket(Domain::IPV4, Type::DGRAM)?);
    ///     one.bind(&any_port)?;
    ///     other.bind(&any_port)?;
    ///     one.send_to(b"", &other.local_addr()?)?; // an empty datagram is one too
    ///     let (count, from) = other.recv_from(&mut [0; 8])?;
    ///     assert_eq!((count, from.as_socket()), (0, one.local_addr()?.as_socket()));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[doc(alias = "recvfrom")]
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SockAddr)> {
        self.recv_from_with_flags(buf, RecvFlags::empty())
    }

    /// As [`recv_from`](Self::recv_from), with the flags of [`recv_with_flags`](Self::recv_with_flags).
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, RecvFlags, SockAddr, SocketAddr, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     receiver.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    ///     let sender = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     sender.send_to(&[7; 100], &receiver.local_addr()?)?;
    ///     let (length, _) = receiver.recv_from_with_flags(&mut [0; 8], RecvFlags::TRUNC)?;
    ///     assert_eq!(length, 100); // although there was room for 8
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_from_with_flags(
        &self,
        buf: &mut [u8],
        flags: RecvFlags,
    ) -> io::Result<(usize, SockAddr)> {
        let domain = self.domain;
        let operation = |socket: &_| any_socket::receive_from(socket, domain, buf, flags);
        self.receive(flags, operation, no_datagram)
    }

    /// As [`recv_from`](Self::recv_from), and leaves the datagram there.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     one.send(b"hello")?;
    ///     let (count, from) = other.peek_from(&mut [0; 16])?;
    ///     assert!(count == 5 && from.is_unnamed());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SockAddr)> {
        self.recv_from_with_flags(buf, RecvFlags::PEEK)
    }

    /// As [`recv`](Self::recv), into several buffers, one after the other.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// use std::io::IoSliceMut;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     one.send(b"keyvalue")?;
    ///     let (mut key, mut value) = ([0; 3], [0; 16]);
    ///     let count = other.recv_vectored(&mut [IoSliceMut::new(&mut key), IoSliceMut::new(&mut value)])?;
    ///     assert_eq!((count, &key, &value[..5]), (8, b"key", &b"value"[..]));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.recv_vectored_with_flags(bufs, RecvFlags::empty())
    }

    /// As [`recv_vectored`](Self::recv_vectored), with the flags of [`recv_with_flags`](Self::recv_with_flags).
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, RecvFlags, Socket, Type};
    /// use std::io::IoSliceMut;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     one.send(b"ab")?;
    ///     let (mut first, mut second) = ([0; 1], [0; 1]);
    ///     let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    ///     assert_eq!(other.recv_vectored_with_flags(&mut bufs, RecvFlags::PEEK)?, 2);
    ///     assert_eq!((first, second), ([b'a'], [b'b']));
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_vectored_with_flags(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        flags: RecvFlags,
    ) -> io::Result<usize> {
        let operation =
            |socket: &socket2::Socket| socket::receive_vectored(socket.as_fd(), bufs, flags);
        self.receive(flags, operation, || Ok(0))
    }

    /// As [`recv_vectored`](Self::recv_vectored), and says from where, as [`recv_from`](Self::recv_from).
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// use std::io::IoSliceMut;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     one.send(b"abc")?;
    ///     let (mut first, mut rest) = ([0; 1], [0; 8]);
    ///     let mut bufs = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
    ///     let (count, from) = other.recv_from_vectored(&mut bufs)?;
    ///     assert!(count == 3 && from.is_unnamed());
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_from_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<(usize, SockAddr)> {
        self.recv_from_vectored_with_flags(bufs, RecvFlags::empty())
    }

    /// As [`recv_from_vectored`](Self::recv_from_vectored), with the flags of
    /// [`recv_with_flags`](Self::recv_with_flags).
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, RecvFlags, Socket, Type};
    /// use std::io::{ErrorKind, IoSliceMut};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (_one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     let mut buf = [0; 8];
    ///     let mut bufs = [IoSliceMut::new(&mut buf)];
    ///     let outcome = other.recv_from_vectored_with_flags(&mut bufs, RecvFlags::DONTWAIT);
    ///     assert_eq!(outcome.unwrap_err().kind(), ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn recv_from_vectored_with_flags(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        flags: RecvFlags,
    ) -> io::Result<(usize, SockAddr)> {
        let domain = self.domain;
        let operation = |socket: &_| any_socket::receive_vectored_from(socket, domain, bufs, flags);
        self.receive(flags, operation, no_datagram)
    }

    /// Receives by `operation`; `end` makes what a blocking call returns after a shutdown.
    fn receive<R>(
        &self,
        flags: RecvFlags,
        operation: impl FnMut(&socket2::Socket) -> io::Result<R>,
        end: fn() -> io::Result<R>,
    ) -> io::Result<R> {
        if flags.contains(RecvFlags::DONTWAIT) {
            return self.source.attempt(operation);
        }
        let operation = self.until_end(operation, end);
        if flags.intersects(ASIDE) {
            // That there is nothing aside does not mean that there are no bytes, which an edge has told already.
            return self.limits.perform_by_trying(&self.source, Direction::Read, operation);
        }
        self.limits.perform(&self.source, Direction::Read, operation)
    }

    /// The operation, but when nothing is there and nothing will come it does `end`.
    ///
    /// A datagram socket that is shut down ends calls that block, but tells those that do not to come again for ever. As
    /// anybody with a handle to the socket may have shut it down, the kernel is asked, unless it has promised to tell.
    #[inline]
    fn until_end<R>(
        &self,
        mut operation: impl FnMut(&socket2::Socket) -> io::Result<R>,
        end: fn() -> io::Result<R>,
    ) -> impl FnMut(&socket2::Socket) -> io::Result<R> {
        move |socket| {
            let outcome = operation(socket);
            let may_have_ended = is_refusal(&outcome)
                && self.ends == Ends::Unknown
                && !self.limits.is_would_block()
                && self.source.may_have_ended(Direction::Read);
            if !may_have_ended || !socket::has_ended(socket.as_fd())? {
                return outcome;
            }
            // What came before the end goes first.
            match operation(socket) {
                outcome if is_refusal(&outcome) => end(),
                outcome => outcome,
            }
        }
    }
}

fn is_refusal<R>(outcome: &io::Result<R>) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// What a blocking call receives from a datagram socket that is shut down.
fn no_datagram() -> io::Result<(usize, SockAddr)> {
    Ok((0, SockAddr::unix("")?))
}

/// The flags of what does not come in line with the bytes.
#[cfg(any(target_os = "linux", target_os = "android"))]
const ASIDE: RecvFlags = RecvFlags::OOB.union(RecvFlags::ERRQUEUE);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const ASIDE: RecvFlags = RecvFlags::OOB;

/// Sending. A datagram is sent as a whole; of a stream's bytes, as many as there is room for.
impl Socket {
    /// Sends bytes or a datagram to the peer.
    ///
    /// # Errors
    /// Those of the system's `send`; a broken pipe is an error, never a signal. `WouldBlock` after the
    /// [write timeout](Self::set_write_timeout).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     assert_eq!(one.send(b"hello")?, 5);
    ///     drop(other);
    ///     assert_eq!(one.send(b"hello").unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[inline]
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        let count = self.limits.perform(&self.source, Direction::Write, |socket| {
            socket::send(socket.as_fd(), buf, SendFlags::empty())
        })?;
        if self.ends == Ends::Drained && 0 < count && count < buf.len() {
            self.source.note_short(Direction::Write);
        }
        Ok(count)
    }

    /// As [`send`](Self::send), with flags. With [`SendFlags::DONTWAIT`] it does not park: it fails with `WouldBlock`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SendFlags, Socket, Type};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, _other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    ///     let full = loop {
    ///         if let Err(error) = one.send_with_flags(&[0; 4096], SendFlags::DONTWAIT) { break error }
    ///     };
    ///     assert_eq!(full.kind(), std::io::ErrorKind::WouldBlock);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_with_flags(&self, buf: &[u8], flags: SendFlags) -> io::Result<usize> {
        self.transmit(flags, |socket| socket::send(socket.as_fd(), buf, flags))
    }

    /// Sends a datagram to `address`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SocketAddr, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = make_socket(Domain::IPV6, Type::DGRAM)?;
    ///     receiver.bind(&"[::1]:0".parse::<SocketAddr>().unwrap().into())?;
    ///     make_socket(Domain::IPV6, Type::DGRAM)?.send_to(b"hello", &receiver.local_addr()?)?;
    ///     assert_eq!(receiver.recv(&mut [0; 16])?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[doc(alias = "sendto")]
    pub fn send_to(&self, buf: &[u8], address: &SockAddr) -> io::Result<usize> {
        self.send_to_with_flags(buf, address, SendFlags::empty())
    }

    /// As [`send_to`](Self::send_to), with the flags of [`send_with_flags`](Self::send_with_flags).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SendFlags, SocketAddr, Type, make_socket};
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     receiver.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    ///     let sender = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     sender.send_to_with_flags(b"hello", &receiver.local_addr()?, SendFlags::DONTROUTE)?;
    ///     assert_eq!(receiver.recv(&mut [0; 16])?, 5);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_to_with_flags(
        &self,
        buf: &[u8],
        address: &SockAddr,
        flags: SendFlags,
    ) -> io::Result<usize> {
        self.transmit_to(flags, |socket| any_socket::send_to(socket, buf, address, flags))
    }

    /// As [`send`](Self::send), from several buffers, one after the other.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, Socket, Type};
    /// use std::io::IoSlice;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
    ///     one.send_vectored(&[IoSlice::new(b"key"), IoSlice::new(b"value")])?;
    ///     assert_eq!(other.recv(&mut [0; 16])?, 8); // one datagram
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_vectored_with_flags(bufs, SendFlags::empty())
    }

    /// As [`send_vectored`](Self::send_vectored), with the flags of [`send_with_flags`](Self::send_with_flags).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SendFlags, Socket, Type};
    /// use std::io::IoSlice;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let (one, other) = Socket::pair(Domain::UNIX, Type::SEQPACKET, None)?;
    ///     one.send_vectored_with_flags(&[IoSlice::new(b"ab"), IoSlice::new(b"c")], SendFlags::DONTWAIT)?;
    ///     assert_eq!(other.recv(&mut [0; 16])?, 3);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_vectored_with_flags(
        &self,
        bufs: &[IoSlice<'_>],
        flags: SendFlags,
    ) -> io::Result<usize> {
        self.transmit(flags, |socket| socket::send_vectored(socket.as_fd(), bufs, flags))
    }

    /// Sends a datagram to `address` from several buffers.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SocketAddr, Type, make_socket};
    /// use std::io::IoSlice;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     receiver.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    ///     let address = receiver.local_addr()?;
    ///     let sender = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     sender.send_to_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"c")], &address)?;
    ///     assert_eq!(receiver.recv(&mut [0; 16])?, 3);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_to_vectored(&self, bufs: &[IoSlice<'_>], address: &SockAddr) -> io::Result<usize> {
        self.send_to_vectored_with_flags(bufs, address, SendFlags::empty())
    }

    /// As [`send_to_vectored`](Self::send_to_vectored), with the flags of [`send_with_flags`](Self::send_with_flags).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Interruption
    /// As said at [`Socket`].
    ///
    /// # Examples
    /// ```
    /// use coro::net::{Domain, SendFlags, SocketAddr, Type, make_socket};
    /// use std::io::IoSlice;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let receiver = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     receiver.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    ///     let address = receiver.local_addr()?;
    ///     let sender = make_socket(Domain::IPV4, Type::DGRAM)?;
    ///     let bufs = [IoSlice::new(b"ab"), IoSlice::new(b"c")];
    ///     sender.send_to_vectored_with_flags(&bufs, &address, SendFlags::DONTWAIT)?;
    ///     assert_eq!(receiver.recv(&mut [0; 16])?, 3);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    pub fn send_to_vectored_with_flags(
        &self,
        bufs: &[IoSlice<'_>],
        address: &SockAddr,
        flags: SendFlags,
    ) -> io::Result<usize> {
        self.transmit_to(flags, |socket| any_socket::send_vectored_to(socket, bufs, address, flags))
    }

    fn transmit(
        &self,
        flags: SendFlags,
        operation: impl FnMut(&socket2::Socket) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if flags.contains(SendFlags::DONTWAIT) {
            return self.source.attempt(operation);
        }
        self.limits.perform(&self.source, Direction::Write, operation)
    }

    fn transmit_to(
        &self,
        flags: SendFlags,
        operation: impl FnMut(&socket2::Socket) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.domain != Domain::UNIX || flags.contains(SendFlags::DONTWAIT) {
            return self.transmit(flags, operation);
        }
        // The receiver's queue may be full of other senders' datagrams, and no edge tells this socket when it is not.
        self.limits.perform_by_trying(&self.source, Direction::Write, operation)
    }
}

impl Read for &Socket {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.recv_vectored(bufs)
    }
}

impl Write for &Socket {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Socket {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.recv(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.recv_vectored(bufs)
    }
}

impl Write for Socket {
    #[inline]
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.send(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.send_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
