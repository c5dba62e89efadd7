//! Sockets of any family and type: what they move, options, waiting until they are ready, refusals, faults.

use std::cell::Cell;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{self, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use coro::net::{
    Domain, Protocol, RecvFlags, SendFlags, Shutdown, SockAddr, Socket, TcpListener, TcpStream,
    Type, make_socket,
};
use coro::{SocketError, TimeoutError, thread};
use coro_tests::sockets;

use crate::support::sites::SOCKET;
use crate::support::{HOUR, MILLISECOND, child, watch};

/// Spawns a named thread.
fn spawn<T: 'static>(name: &str, f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

fn local_v4() -> SockAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()
}

fn local_v6() -> SockAddr {
    SocketAddr::from((Ipv6Addr::LOCALHOST, 0)).into()
}

/// A name for a Unix socket that nobody else uses; the file goes when this is dropped.
struct TemporaryName(PathBuf);

impl TemporaryName {
    fn new() -> TemporaryName {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("coro-it-{}-{count}", std::process::id());
        TemporaryName(std::env::temp_dir().join(name))
    }

    fn address(&self) -> SockAddr {
        SockAddr::unix(&self.0).unwrap()
    }
}

impl Drop for TemporaryName {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A socket that is bound to `name`.
fn bound(domain: Domain, kind: Type, name: &SockAddr) -> Socket {
    let socket = make_socket(domain, kind).unwrap();
    socket.bind(name).unwrap();
    socket
}

/// A listener, and the address to connect to.
fn listener(domain: Domain, kind: Type, name: &SockAddr) -> (Socket, SockAddr) {
    let listener = bound(domain, kind, name);
    listener.listen(16).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Two connected sockets of TCP.
fn tcp_pair() -> (Socket, Socket) {
    let (one, other) = sockets::std_pair().unwrap();
    (one.into(), other.into())
}

fn unix_pair(kind: Type) -> (Socket, Socket) {
    Socket::pair(Domain::UNIX, kind, None).unwrap()
}

/// The cause that coro has put into an error.
fn cause<T: std::error::Error + 'static>(error: &io::Error) -> Option<&T> {
    error.get_ref()?.downcast_ref()
}

/// Sends as much as fits at once.
fn send(sender: &Socket, bytes: &[u8]) {
    assert_eq!(sender.send(bytes).unwrap(), bytes.len());
}

/// Fills what lies between two sockets, and says how often it sent.
fn fill(sender: &Socket) -> usize {
    let full = |outcome: &io::Result<usize>| {
        outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    let send = || sender.send_with_flags(&[7; 4096], SendFlags::DONTWAIT);
    std::iter::repeat_with(send).take_while(|outcome| !full(outcome)).map(Result::unwrap).count()
}

/// Receives all that is there, and says how many times there was something.
fn drain(receiver: &Socket) -> usize {
    let mut buffer = vec![0; 65536];
    let mut receive = || receiver.recv_with_flags(&mut buffer, RecvFlags::DONTWAIT);
    std::iter::from_fn(|| receive().ok()).count()
}

mod families {
    use super::*;

    /// Lets a client connect and exchange messages with a server in another thread.
    fn converse(domain: Domain, kind: Type, name: &SockAddr) {
        let (listener, address) = listener(domain, kind, name);
        assert!(listener.is_listener().unwrap());
        let server = thread::spawn(move || {
            let (connection, _) = listener.accept().unwrap();
            let mut buffer = [0; 64];
            loop {
                let count = connection.recv(&mut buffer).unwrap();
                if count == 0 {
                    return connection.domain();
                }
                assert_eq!(connection.send(&buffer[..count]).unwrap(), count);
            }
        });
        let client = make_socket(domain, kind).unwrap();
        client.connect(&address).unwrap();
        assert_eq!(client.peer_addr().unwrap(), address);
        let mut buffer = [0; 64];
        for message in [&b"one"[..], b"two", b"three"] {
            assert_eq!(client.send(message).unwrap(), message.len());
            let count = client.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..count], message);
        }
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.recv(&mut buffer).unwrap(), 0);
        assert_eq!(server.join().unwrap(), domain);
    }

    #[coro::test(timeout = 60)]
    fn streams_and_packets_that_connect() {
        converse(Domain::IPV4, Type::STREAM, &local_v4());
        converse(Domain::IPV6, Type::STREAM, &local_v6());
        converse(Domain::UNIX, Type::STREAM, &TemporaryName::new().address());
        converse(Domain::UNIX, Type::SEQPACKET, &TemporaryName::new().address());
    }

    /// Sends datagrams between two bound sockets, waiting for each, an empty one among them.
    fn correspond(domain: Domain, one: &SockAddr, other: &SockAddr) {
        let (one, other) = (bound(domain, Type::DGRAM, one), bound(domain, Type::DGRAM, other));
        let (from, to) = (one.local_addr().unwrap(), other.local_addr().unwrap());
        let receiver = spawn("receiver", move || {
            let mut buffer = [0; 8];
            ["first", "", "third"].map(|expected| {
                let (count, sender) = other.recv_from(&mut buffer).unwrap();
                assert_eq!(&buffer[..count], expected.as_bytes());
                sender
            })
        });
        for message in ["first", "", "third"] {
            watch::until_parked("receiver", SOCKET);
            assert_eq!(one.send_to(message.as_bytes(), &to).unwrap(), message.len());
        }
        for sender in receiver.join().unwrap() {
            assert_eq!(sender, from);
        }
    }

    #[coro::test(timeout = 60)]
    fn datagrams_with_their_senders() {
        correspond(Domain::IPV4, &local_v4(), &local_v4());
        correspond(Domain::IPV6, &local_v6(), &local_v6());
        let (one, other) = (TemporaryName::new(), TemporaryName::new());
        correspond(Domain::UNIX, &one.address(), &other.address());
    }

    #[cfg(target_os = "linux")]
    #[coro::test(timeout = 60)]
    fn abstract_and_missing_names() {
        let name = |text: &str| SockAddr::unix(format!("\0coro-it-{}-{text}", std::process::id()));
        let (one, other) = (name("one").unwrap(), name("other").unwrap());
        correspond(Domain::UNIX, &one, &other);
        let receiver = bound(Domain::UNIX, Type::DGRAM, &one);
        make_socket(Domain::UNIX, Type::DGRAM).unwrap().send_to(b"x", &one).unwrap();
        let (count, from) = receiver.recv_from(&mut [0; 8]).unwrap();
        assert_eq!((count, from.is_unnamed()), (1, true));
    }

    #[coro::test(seeds = 100, timeout = 60)]
    fn pairs() {
        for kind in [Type::STREAM, Type::DGRAM, Type::SEQPACKET] {
            let (one, other) = unix_pair(kind);
            assert_eq!((one.r#type().unwrap(), one.domain()), (kind, Domain::UNIX));
            let receiver = spawn("receiver", move || other.recv(&mut [0; 8]).unwrap());
            watch::until_parked("receiver", SOCKET);
            assert_eq!(one.send(b"hello").unwrap(), 5);
            assert_eq!(receiver.join().unwrap(), 5);
        }
    }

    #[coro::test(timeout = 60)]
    fn an_empty_datagram_is_no_end() {
        let (one, other) = unix_pair(Type::DGRAM);
        for message in [&b""[..], b"after"] {
            one.send(message).unwrap();
        }
        assert_eq!(other.recv(&mut [0; 8]).unwrap(), 0);
        assert_eq!((&other).read(&mut [0; 8]).unwrap(), 5);
    }

    #[coro::test(timeout = 60)]
    fn messages_that_wait_are_all_received_whatever_their_length() {
        for kind in [Type::DGRAM, Type::SEQPACKET] {
            let (one, other) = unix_pair(kind);
            // It has waited once, so what it receives from now on is ruled by edges.
            assert!(coro::timeout(MILLISECOND, || other.recv(&mut [0; 8]).map_err(drop)).is_err());
            for round in 0..20 {
                let sent = 1 + round % 5;
                (0..sent).for_each(|length| send(&one, &vec![7; 1 + length]));
                for length in 0..sent {
                    assert_eq!(other.recv(&mut [0; 64]).unwrap(), 1 + length, "{kind:?}");
                }
            }
        }
    }

    /// An ICMP echo request without its checksum.
    fn echo_request(id: u16) -> Vec<u8> {
        let mut packet = vec![8, 0, 0, 0];
        packet.extend(id.to_be_bytes());
        packet.extend([0, 1]);
        packet.extend(b"coro");
        let words = packet.chunks(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])));
        let sum: u32 = words.sum();
        let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
        packet[2..4].copy_from_slice(&sum.to_be_bytes());
        packet
    }

    #[coro::test(timeout = 60)]
    fn a_raw_socket_works_or_is_not_permitted() {
        let socket = match Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)) {
            Ok(socket) => socket,
            Err(error) => return assert_eq!(error.kind(), ErrorKind::PermissionDenied),
        };
        let id = std::process::id() as u16;
        let receiver = socket.try_clone().unwrap();
        let receiver = spawn("receiver", move || {
            let mut buffer = [0; 1500];
            loop {
                let (count, from) = receiver.recv_from(&mut buffer).unwrap();
                // The IP header comes first.
                let payload = &buffer[20..count];
                if payload.len() >= 6 && payload[4..6] == id.to_be_bytes() {
                    return from.as_socket().unwrap().ip();
                }
            }
        });
        watch::until_parked("receiver", SOCKET);
        socket.send_to(&echo_request(id), &local_v4()).unwrap();
        assert_eq!(receiver.join().unwrap(), Ipv4Addr::LOCALHOST);
    }

    #[cfg(target_os = "linux")]
    #[coro::test(timeout = 60)]
    fn a_family_that_has_no_type_of_its_own_here() {
        // A request to the kernel to list the interfaces: length, type, flags, sequence, sender, family.
        const NETLINK: i32 = 16;
        const LIST_INTERFACES: u16 = 18;
        const REQUEST_AND_DUMP: u16 = 0x301;
        let socket = make_socket(Domain::from(NETLINK), Type::RAW).unwrap();
        let mut request = Vec::from(20u32.to_ne_bytes());
        request.extend(LIST_INTERFACES.to_ne_bytes());
        request.extend(REQUEST_AND_DUMP.to_ne_bytes());
        request.extend([0; 12]);
        assert_eq!(socket.send(&request).unwrap(), request.len());
        let mut buffer = vec![0; 65536];
        let (peeked, _) = socket.peek_from(&mut buffer).unwrap();
        let (count, from) = socket.recv_from(&mut buffer).unwrap();
        assert!(count == peeked && count > 16, "{count} of {peeked}");
        assert_eq!(i32::from(from.family()), NETLINK);
        let (count, from) = socket.recv_from_vectored(&mut [IoSliceMut::new(&mut buffer)]).unwrap();
        assert!(count > 0);
        assert_eq!(i32::from(from.family()), NETLINK);
    }

    #[coro::test]
    fn what_the_system_does_not_have_is_its_error() {
        assert!(make_socket(Domain::from(9999), Type::STREAM).is_err());
        assert!(Socket::pair(Domain::IPV4, Type::STREAM, None).is_err());
        let error = make_socket(Domain::IPV4, Type::STREAM).unwrap().peer_addr().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        assert!(cause::<SocketError>(&error).is_none());
    }

    #[coro::test]
    fn sockets_are_non_blocking_and_closed_on_exec() {
        let (listener, address) = listener(Domain::IPV4, Type::STREAM, &local_v4());
        let client = make_socket(Domain::IPV4, Type::STREAM).unwrap();
        client.connect(&address).unwrap();
        let (server, _) = listener.accept().unwrap();
        let (one, other) = unix_pair(Type::DGRAM);
        let clone = one.try_clone().unwrap();
        for socket in [&listener, &client, &server, &one, &other, &clone] {
            use rustix::fs::OFlags;
            use rustix::io::FdFlags;
            assert!(rustix::fs::fcntl_getfl(socket).unwrap().contains(OFlags::NONBLOCK));
            assert!(rustix::io::fcntl_getfd(socket).unwrap().contains(FdFlags::CLOEXEC));
        }
    }
}

mod transfer {
    use super::*;

    #[coro::test(timeout = 60)]
    fn peek_and_truncation() {
        let (one, other) = unix_pair(Type::DGRAM);
        one.send(b"0123456789").unwrap();
        let mut buffer = [0; 4];
        assert_eq!(other.peek(&mut buffer).unwrap(), 4);
        assert_eq!(other.peek_from(&mut buffer).unwrap().0, 4);
        let peek_length = RecvFlags::PEEK | RecvFlags::TRUNC;
        assert_eq!(other.recv_with_flags(&mut buffer, peek_length).unwrap(), 10);
        assert_eq!(other.recv(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer, b"0123");
        let error = other.recv_with_flags(&mut buffer, RecvFlags::DONTWAIT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }

    #[coro::test(timeout = 60)]
    fn a_call_that_must_not_wait_finds_what_has_just_come() {
        let (one, other) = tcp_pair();
        // The edge of what comes now has not been seen by the loop.
        assert!(coro::timeout(MILLISECOND, || other.recv(&mut [0; 8]).map_err(drop)).is_err());
        one.send(b"x").unwrap();
        assert_eq!(other.recv_with_flags(&mut [0; 8], RecvFlags::DONTWAIT).unwrap(), 1);
    }

    #[coro::test(timeout = 60)]
    fn the_sender_of_a_stream_is_the_peer() {
        let (one, other) = tcp_pair();
        one.send(b"xy").unwrap();
        let peer = other.peer_addr().unwrap();
        assert_eq!(other.recv_from(&mut [0; 1]).unwrap(), (1, peer.clone()));
        assert_eq!(other.peek_from(&mut [0; 1]).unwrap(), (1, peer));
        let (one, other) = unix_pair(Type::STREAM);
        one.send(b"x").unwrap();
        drop(one);
        let (count, from) = other.recv_from(&mut [0; 8]).unwrap();
        assert_eq!((count, from.is_unnamed()), (1, true));
    }

    #[coro::test(timeout = 60)]
    fn urgent_data_goes_beside_the_other_bytes() {
        let (one, other) = tcp_pair();
        one.send(b"plain").unwrap();
        one.send_with_flags(b"!", SendFlags::OOB).unwrap();
        one.send(b"more").unwrap();
        other.wait_for_read(None).unwrap();
        let mut byte = [0];
        assert_eq!(other.recv_with_flags(&mut byte, RecvFlags::OOB).unwrap(), 1);
        assert_eq!(&byte, b"!");
        let mut bytes = [0; 9];
        (&other).read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"plainmore");
        let error = other.recv_with_flags(&mut byte, RecvFlags::OOB).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[cfg(target_os = "linux")]
    #[coro::test(timeout = 60)]
    fn an_empty_error_queue_hides_no_bytes() {
        let (one, other) = tcp_pair();
        other.set_read_timeout(Some(MILLISECOND * 20)).unwrap();
        assert!(other.recv(&mut [0; 8]).is_err());
        one.send(b"x").unwrap();
        other.wait_for_read(None).unwrap();
        thread::yield_now();
        let error = other.recv_with_flags(&mut [0; 8], RecvFlags::ERRQUEUE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        other.set_read_timeout(None).unwrap();
        assert_eq!(other.recv(&mut [0; 8]).unwrap(), 1);
    }

    #[coro::test(timeout = 60)]
    fn several_buffers() {
        let parts = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cdef")];
        for kind in [Type::STREAM, Type::DGRAM, Type::SEQPACKET] {
            let (one, other) = unix_pair(kind);
            assert_eq!(one.send_vectored(&parts).unwrap(), 6);
            let (mut first, mut rest) = ([0; 1], [0; 10]);
            let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
            let peek = RecvFlags::PEEK;
            assert_eq!(other.recv_vectored_with_flags(&mut buffers, peek).unwrap(), 6);
            assert_eq!(other.recv_vectored(&mut buffers).unwrap(), 6);
            assert_eq!((&first, &rest[..5]), (b"a", &b"bcdef"[..]));
        }
        let (one, other) = (
            bound(Domain::IPV4, Type::DGRAM, &local_v4()),
            bound(Domain::IPV4, Type::DGRAM, &local_v4()),
        );
        one.send_to_vectored(&parts, &other.local_addr().unwrap()).unwrap();
        let (mut first, mut rest) = ([0; 1], [0; 10]);
        let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
        let (count, from) = other.recv_from_vectored(&mut buffers).unwrap();
        assert_eq!((count, from), (6, one.local_addr().unwrap()));
    }

    #[coro::test(timeout = 60)]
    fn more_buffers_than_one_call_takes() {
        let (one, other) = unix_pair(Type::STREAM);
        let parts = vec![IoSlice::new(b"x"); 2000];
        assert_eq!(one.send_vectored(&parts).unwrap(), 1024);
        assert_eq!((&one).write_vectored(&parts[..10]).unwrap(), 10);
        let mut buffer = [0; 1034];
        (&other).read_exact(&mut buffer).unwrap();
    }

    #[coro::test(timeout = 60)]
    fn much_goes_through_in_both_directions() {
        const LENGTH: usize = 1 << 20;
        for (one, other) in [tcp_pair(), unix_pair(Type::STREAM)] {
            let one = Rc::new(one);
            let writer = thread::spawn({
                let one = one.clone();
                move || {
                    (&*one).write_all(&vec![7; LENGTH]).unwrap();
                    one.shutdown(Shutdown::Write).unwrap();
                }
            });
            let echo = thread::spawn(move || {
                let count = io::copy(&mut &other, &mut &other).unwrap();
                other.shutdown(Shutdown::Write).unwrap();
                count
            });
            let mut bytes = Vec::new();
            (&*one).read_to_end(&mut bytes).unwrap();
            assert!(bytes == vec![7; LENGTH]);
            writer.join().unwrap();
            assert_eq!(echo.join().unwrap(), LENGTH as u64);
        }
    }

    #[coro::test(timeout = 60)]
    fn a_sender_waits_for_room_and_a_broken_pipe_is_an_error() {
        for kind in [Type::STREAM, Type::DGRAM, Type::SEQPACKET] {
            let (one, other) = unix_pair(kind);
            let sent = fill(&one);
            let sender = spawn("sender", move || {
                one.send(b"last").unwrap();
                one
            });
            watch::until_parked("sender", SOCKET);
            assert!(drain(&other) > 0 && sent > 0);
            let one = sender.join().unwrap();
            drain(&other);
            drop(other);
            let kind = one.send(b"x").unwrap_err().kind();
            assert!(matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionRefused));
        }
    }

    #[coro::test(timeout = 60)]
    fn a_connected_sender_of_datagrams_waits_for_the_receiver() {
        let name = TemporaryName::new();
        let receiver = bound(Domain::UNIX, Type::DGRAM, &name.address());
        let sender = make_socket(Domain::UNIX, Type::DGRAM).unwrap();
        sender.connect(&name.address()).unwrap();
        let fillings = fill(&sender);
        let sender = spawn("sender", move || {
            for _ in 0..5 {
                send(&sender, b"more");
                fill(&sender);
            }
            sender.wait_for_write(None).unwrap();
        });
        watch::until_parked("sender", SOCKET);
        let mut received = 0;
        watch::until("all is sent", || {
            received += drain(&receiver);
            sender.is_finished()
        });
        sender.join().unwrap();
        assert!(received >= fillings + 5);
    }

    #[coro::test(seeds = 100, timeout = 60)]
    fn a_datagram_waits_although_the_queue_is_full_of_others() {
        let name = TemporaryName::new();
        let receiver = bound(Domain::UNIX, Type::DGRAM, &name.address());
        let filler = make_socket(Domain::UNIX, Type::DGRAM).unwrap();
        filler.connect(&name.address()).unwrap();
        let fillings = fill(&filler);
        let sender = |message: &'static [u8]| {
            let address = name.address();
            move || {
                let socket = make_socket(Domain::UNIX, Type::DGRAM).unwrap();
                socket.send_to(message, &address).unwrap()
            }
        };
        let killed = spawn("killed", sender(b"of the killed"));
        let sender = spawn("sender", sender(b"last"));
        watch::until_parked("sender", SOCKET);
        killed.kill();
        assert!(killed.join().unwrap_err().is_killed());
        let mut buffer = [0; 4096];
        for _ in 0..fillings {
            assert_eq!(receiver.recv(&mut buffer).unwrap(), 4096);
        }
        assert_eq!(receiver.recv(&mut buffer).unwrap(), 4);
        assert_eq!(sender.join().unwrap(), 4);
        assert_eq!(drain(&receiver), 0);
    }

    #[coro::test(start_paused)]
    fn what_takes_too_long_would_block() {
        let (one, other) = unix_pair(Type::DGRAM);
        one.set_read_timeout(Some(HOUR)).unwrap();
        one.set_write_timeout(Some(HOUR * 2)).unwrap();
        let start = coro::time::now();
        let would_block = |outcome: io::Result<usize>, hours: u32| {
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::WouldBlock);
            assert_eq!(coro::time::now() - start, HOUR * hours);
        };
        would_block(one.recv(&mut [0; 8]), 1);
        would_block(one.peek(&mut [0; 8]), 2);
        would_block(one.recv_from(&mut [0; 8]).map(|received| received.0), 3);
        fill(&one);
        would_block(one.send(b"x"), 5);
        let name = TemporaryName::new();
        other.bind(&name.address()).unwrap();
        would_block(one.send_to(b"x", &name.address()), 7);
        let (listener, _) = listener(Domain::IPV4, Type::STREAM, &local_v4());
        listener.set_read_timeout(Some(HOUR)).unwrap();
        would_block(listener.accept().map(|_| 0), 8);
    }
}

mod connecting {
    use super::*;

    #[coro::test]
    fn nobody_listens() {
        let (closed, address) = listener(Domain::IPV4, Type::STREAM, &local_v4());
        drop(closed);
        for limit in [None, Some(HOUR)] {
            let socket = make_socket(Domain::IPV4, Type::STREAM).unwrap();
            let outcome = match limit {
                None => socket.connect(&address),
                Some(limit) => socket.connect_timeout(&address, limit),
            };
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        }
        let name = TemporaryName::new();
        let error = make_socket(Domain::UNIX, Type::STREAM).unwrap().connect(&name.address());
        assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    }

    /// A listener of the family with room for one connection, which is taken.
    fn full(domain: Domain, name: &SockAddr) -> (Socket, SockAddr, Socket) {
        let listener = bound(domain, Type::STREAM, name);
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let filler = make_socket(domain, Type::STREAM).unwrap();
        filler.connect(&address).unwrap();
        (listener, address, filler)
    }

    #[coro::test(start_paused)]
    fn a_connection_that_takes_too_long() {
        let name = TemporaryName::new();
        for (domain, name, text) in [
            (Domain::IPV4, local_v4(), None),
            (Domain::UNIX, name.address(), Some(name.0.display().to_string())),
        ] {
            let (_listener, address, _filler) = full(domain, &name);
            let start = coro::time::now();
            let socket = make_socket(domain, Type::STREAM).unwrap();
            let error = socket.connect_timeout(&address, HOUR).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            assert_eq!(coro::time::now() - start, HOUR);
            let text = text.unwrap_or_else(|| address.as_socket().unwrap().to_string());
            assert_eq!(error.to_string(), format!("no connection to {text} within 3600s"));
            let cause = cause::<SocketError>(&error).unwrap();
            assert!(cause.is_timeout() && !cause.is_unwinding());
            let source = std::error::Error::source(cause).unwrap();
            assert!(source.is::<TimeoutError>());
        }
    }

    #[coro::test(timeout = 60)]
    fn a_unix_listener_makes_room() {
        let name = TemporaryName::new();
        let (listener, address, _filler) = full(Domain::UNIX, &name.address());
        let client = spawn("client", move || {
            let socket = make_socket(Domain::UNIX, Type::STREAM).unwrap();
            socket.connect(&address).unwrap();
            socket.send(b"x").unwrap();
        });
        watch::until_parked("client", SOCKET);
        listener.accept().unwrap();
        let (connection, _) = listener.accept().unwrap();
        assert_eq!(connection.recv(&mut [0; 8]).unwrap(), 1);
        client.join().unwrap();
    }

    #[coro::test(timeout = 60)]
    fn an_attempt_that_was_interrupted_can_be_gone_on_with() {
        let (listener, address, _filler) = full(Domain::IPV4, &local_v4());
        let client = make_socket(Domain::IPV4, Type::STREAM).unwrap();
        let attempt = coro::timeout(MILLISECOND, || client.connect(&address).map_err(drop));
        assert!(attempt.is_err());
        listener.accept().unwrap();
        client.connect(&address).unwrap();
        let (connection, peer) = listener.accept().unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        connection.send(b"x").unwrap();
        assert_eq!(client.recv(&mut [0; 8]).unwrap(), 1);
    }
}

mod waiting {
    use super::*;

    #[track_caller]
    fn times_out(outcome: io::Result<()>) {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(cause::<TimeoutError>(&error).is_some());
    }

    #[coro::test]
    fn what_is_there_already_needs_no_wait() {
        for (one, other) in [tcp_pair(), unix_pair(Type::DGRAM)] {
            one.wait_for_write(Some(Duration::ZERO)).unwrap();
            times_out(other.wait_for_read(Some(Duration::ZERO)));
            one.send(b"x").unwrap();
            for limit in [None, Some(Duration::ZERO), Some(Duration::MAX)] {
                other.wait_for_read(limit).unwrap();
            }
            assert_eq!(other.recv(&mut [0; 8]).unwrap(), 1);
            times_out(other.wait_for_read(Some(Duration::ZERO)));
        }
    }

    #[coro::test(start_paused)]
    fn an_edge_that_is_out_of_date_is_no_reason() {
        for (one, other) in [tcp_pair(), unix_pair(Type::DGRAM)] {
            let reader = spawn("reader", move || {
                other.recv(&mut [0; 1]).unwrap();
                other
            });
            watch::until_parked("reader", SOCKET);
            one.send(b"x").unwrap();
            let other = reader.join().unwrap();
            // The loop still takes the socket for ready, but the kernel does not.
            let start = coro::time::now();
            times_out(other.wait_for_read(Some(HOUR)));
            assert_eq!(coro::time::now() - start, HOUR);
        }
    }

    #[coro::test]
    fn an_edge_that_the_loop_has_not_seen_is_not_needed() {
        let (one, other) = tcp_pair();
        assert!(coro::timeout(MILLISECOND, || other.recv(&mut [0; 8]).map_err(drop)).is_err());
        one.send(b"x").unwrap();
        other.wait_for_read(Some(Duration::ZERO)).unwrap();
        assert_eq!(other.recv(&mut [0; 8]).unwrap(), 1);
    }

    #[coro::test(timeout = 60)]
    fn it_becomes_ready() {
        for (one, other) in [tcp_pair(), unix_pair(Type::STREAM), unix_pair(Type::SEQPACKET)] {
            fill(&one);
            let (one, other) = (Rc::new(one), Rc::new(other));
            // Two wait for each direction of the same socket.
            let waiters: Vec<_> = ["reader", "another", "writer", "one more"]
                .into_iter()
                .map(|name| {
                    let one = one.clone();
                    let reads = ["reader", "another"].contains(&name);
                    spawn(name, move || match reads {
                        true => one.wait_for_read(None).unwrap(),
                        false => one.wait_for_write(Some(HOUR)).unwrap(),
                    })
                })
                .collect();
            watch::until_parked("one more", SOCKET);
            watch::until("there is room", || {
                drain(&other);
                watch::doing("writer").is_none()
            });
            assert_eq!(watch::doing("reader").as_deref(), Some(SOCKET));
            other.send(b"x").unwrap();
            waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
            assert_eq!(one.recv(&mut [0; 8]).unwrap(), 1);
        }
    }

    #[coro::test(timeout = 60)]
    fn a_connection_an_end_and_an_error_are_something_to_read() {
        let (listener, address) = listener(Domain::IPV4, Type::STREAM, &local_v4());
        let listener = Rc::new(listener);
        let waiter = spawn("waiter", {
            let listener = listener.clone();
            move || listener.wait_for_read(None).unwrap()
        });
        watch::until_parked("waiter", SOCKET);
        let client = make_socket(Domain::IPV4, Type::STREAM).unwrap();
        client.connect(&address).unwrap();
        waiter.join().unwrap();
        let (server, _) = listener.accept().unwrap();
        let waiter = spawn("waiter", move || client.wait_for_read(None).map(|()| client));
        watch::until_parked("waiter", SOCKET);
        server.set_linger(Some(Duration::ZERO)).unwrap();
        drop(server);
        let client = waiter.join().unwrap().unwrap();
        assert_eq!(client.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        let (one, other) = unix_pair(Type::STREAM);
        drop(other);
        one.wait_for_read(None).unwrap();
        assert_eq!(one.recv(&mut [0; 8]).unwrap(), 0);
    }

    #[coro::test(timeout = 60)]
    fn tcp_streams_and_listeners_wait_too() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        times_out(listener.wait_for_read(Some(MILLISECOND)));
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        listener.wait_for_read(None).unwrap();
        let (server, _) = listener.accept().unwrap();
        client.wait_for_write(None).unwrap();
        times_out(client.wait_for_read(Some(MILLISECOND)));
        (&server).write_all(b"x").unwrap();
        client.wait_for_read(None).unwrap();
        assert_eq!((&client).read(&mut [0; 8]).unwrap(), 1);
    }

    #[coro::test(timeout = 60)]
    fn interrupts_end_it() {
        let (one, other) = unix_pair(Type::DGRAM);
        let other = Rc::new(other);
        let waiter = || {
            let other = other.clone();
            spawn("waiter", move || other.wait_for_read(None))
        };
        let killed = waiter();
        watch::until_parked("waiter", SOCKET);
        killed.kill();
        assert!(killed.join().unwrap_err().is_killed());
        let raised = waiter();
        watch::until_parked("waiter", SOCKET);
        raised.raise(7_u32);
        assert_eq!(raised.join().unwrap_err().downcast_ref(), Some(&7_u32));
        assert!(coro::timeout(MILLISECOND, || other.wait_for_read(None).map_err(drop)).is_err());
        one.send(b"x").unwrap();
        waiter().join().unwrap().unwrap();
    }

    #[test]
    fn outside_a_loop_the_os_thread_waits() {
        let (one, other) = unix_pair(Type::STREAM);
        times_out(other.wait_for_read(Some(Duration::ZERO)));
        times_out(other.wait_for_read(Some(MILLISECOND * 2)));
        let sender = std::thread::spawn(move || {
            one.wait_for_write(None).unwrap();
            one.send(b"x").unwrap();
            one
        });
        other.wait_for_read(Some(Duration::MAX)).unwrap();
        assert_eq!(other.recv(&mut [0; 8]).unwrap(), 1);
        let one = sender.join().unwrap();
        fill(&one);
        times_out(one.wait_for_write(Some(MILLISECOND)));
        let drainer = std::thread::spawn(move || {
            drain(&other);
            other
        });
        one.wait_for_write(None).unwrap();
        drainer.join().unwrap();
    }

    /// Does something when it is dropped.
    struct OnDrop<F: FnMut()>(F);

    impl<F: FnMut()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            self.0();
        }
    }

    #[coro::test(timeout = 60)]
    fn a_thread_that_unwinds_does_not_wait() {
        let (one, other) = unix_pair(Type::DGRAM);
        one.send(b"first").unwrap();
        let seen = Rc::new(Cell::new(0));
        let victim = spawn("victim", {
            let seen = seen.clone();
            move || {
                let refused = |outcome: io::Result<()>| {
                    let error = outcome.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Other);
                    assert!(cause::<SocketError>(&error).unwrap().is_unwinding());
                    seen.set(seen.get() + 1);
                };
                let name = TemporaryName::new();
                let full = bound(Domain::UNIX, Type::DGRAM, &name.address());
                let sender = make_socket(Domain::UNIX, Type::DGRAM).unwrap();
                sender.connect(&name.address()).unwrap();
                fill(&sender);
                let _on_drop = OnDrop(|| {
                    // What needs no wait succeeds.
                    other.wait_for_read(None).unwrap();
                    assert_eq!(other.recv(&mut [0; 8]).unwrap(), 5);
                    refused(other.wait_for_read(None));
                    times_out(other.wait_for_read(Some(Duration::ZERO)));
                    refused(other.recv(&mut [0; 8]).map(drop));
                    refused(sender.wait_for_write(None));
                    refused(one.send_to(b"x", &name.address()).map(drop));
                    drain(&full);
                });
                thread::park();
            }
        });
        watch::until_parked("victim", "an unpark");
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(seen.get(), 4);
    }

    #[coro::test]
    fn a_socket_that_is_always_ready_does_not_keep_the_others_waiting() {
        let (one, other) = unix_pair(Type::DGRAM);
        one.send(b"x").unwrap();
        let turns = Rc::new(Cell::new(0));
        let counter = spawn("counter", {
            let turns = turns.clone();
            move || {
                for turn in 1..=5 {
                    turns.set(turn);
                    thread::yield_now();
                }
            }
        });
        for _ in 0..100_000 {
            other.wait_for_read(None).unwrap();
        }
        assert_eq!(turns.get(), 5);
        counter.join().unwrap();
    }
}

mod interrupts {
    use super::*;

    /// A wait: what blocks until it is served once, and what serves once.
    struct Case {
        name: &'static str,
        block: Rc<dyn Fn()>,
        serve: Box<dyn Fn()>,
    }

    impl Case {
        fn new(name: &'static str, block: impl Fn() + 'static, serve: impl Fn() + 'static) -> Case {
            Case { name, block: Rc::new(block), serve: Box::new(serve) }
        }

        /// One that receives with `block` what is sent from the other end.
        fn receiving(
            name: &'static str,
            (one, other): (Socket, Socket),
            block: impl Fn(&Socket) -> io::Result<usize> + 'static,
        ) -> Case {
            let block = move || assert_eq!(block(&other).unwrap(), 4);
            Case::new(name, block, move || send(&one, b"once"))
        }
    }

    fn accepting() -> Case {
        let name = TemporaryName::new();
        let (listener, _) = listener(Domain::UNIX, Type::SEQPACKET, &name.address());
        let block = move || drop(listener.accept().unwrap());
        Case::new("accept", block, move || {
            let client = make_socket(Domain::UNIX, Type::SEQPACKET).unwrap();
            client.connect(&name.address()).unwrap();
        })
    }

    fn sending() -> Case {
        let (one, other) = unix_pair(Type::SEQPACKET);
        fill(&one);
        let block = move || {
            one.send(b"once").unwrap();
            // The next one waits again.
            fill(&one);
        };
        Case::new("send", block, move || assert!(drain(&other) > 0))
    }

    fn waiting() -> Case {
        let (one, other) = unix_pair(Type::STREAM);
        let block = move || {
            other.wait_for_read(None).unwrap();
            assert_eq!(other.recv(&mut [0; 4]).unwrap(), 4);
        };
        Case::new("wait_for_read", block, move || send(&one, b"once"))
    }

    fn cases() -> Vec<Case> {
        let vectored = |socket: &Socket| socket.recv_vectored(&mut [IoSliceMut::new(&mut [0; 4])]);
        vec![
            Case::receiving("recv, TCP", tcp_pair(), |socket| socket.recv(&mut [0; 4])),
            Case::receiving("recv, stream", unix_pair(Type::STREAM), |socket| {
                socket.recv(&mut [0; 4])
            }),
            Case::receiving("recv, datagram", unix_pair(Type::DGRAM), |socket| {
                socket.recv(&mut [0; 8])
            }),
            Case::receiving("recv, packet", unix_pair(Type::SEQPACKET), |socket| {
                socket.recv(&mut [0; 8])
            }),
            Case::receiving("recv_from", unix_pair(Type::DGRAM), |socket| {
                socket.recv_from(&mut [0; 8]).map(|received| received.0)
            }),
            Case::receiving("recv_vectored", unix_pair(Type::STREAM), vectored),
            Case::receiving("peek", unix_pair(Type::DGRAM), |socket| {
                let count = socket.peek(&mut [0; 8])?;
                assert_eq!(socket.recv(&mut [0; 8])?, count);
                Ok(count)
            }),
            accepting(),
            sending(),
            waiting(),
        ]
    }

    /// A thread that blocks as the case says, and is killed at its first suspension if it is to be.
    fn visitor(case: &Case, name: &str, kill_when_parked: Option<bool>) -> thread::JoinHandle<()> {
        let block = case.block.clone();
        spawn(name, move || {
            if let Some(when_parked) = kill_when_parked {
                coro::__private::kill_at_suspension(1, when_parked);
            }
            block();
        })
    }

    #[coro::test(seeds = 100, timeout = 60)]
    fn a_kill_takes_nothing_with_it() {
        for case in cases() {
            for when_parked in [false, true] {
                let victim = visitor(&case, "victim", Some(when_parked));
                assert!(victim.join().unwrap_err().is_killed(), "{}", case.name);
                let newcomer = visitor(&case, "newcomer", None);
                watch::until_parked("newcomer", SOCKET);
                (case.serve)();
                newcomer.join().unwrap();
            }
        }
    }

    #[coro::test(seeds = 100, timeout = 60)]
    fn a_kill_that_comes_just_after_the_service_loses_nothing() {
        for case in cases() {
            let victim = visitor(&case, "victim", None);
            watch::until_parked("victim", SOCKET);
            (case.serve)();
            victim.kill();
            match victim.join() {
                Err(error) => assert!(error.is_killed(), "{}", case.name),
                // The loop had seen the edge before the victim ran, so the victim was served, and has ended.
                Ok(()) => (case.serve)(),
            }
            visitor(&case, "newcomer", None).join().unwrap();
        }
    }

    #[coro::test(timeout = 60)]
    fn a_raise_and_a_timeout_take_nothing_either() {
        for case in cases() {
            let victim = visitor(&case, "victim", None);
            watch::until_parked("victim", SOCKET);
            victim.raise("away");
            assert!(victim.join().unwrap_err().is_raised(), "{}", case.name);
            assert!(coro::timeout(MILLISECOND, || (case.block)()).is_err(), "{}", case.name);
            (case.serve)();
            visitor(&case, "newcomer", None).join().unwrap();
        }
    }

    #[coro::test(timeout = 60)]
    fn a_killed_connect_leaves_the_loop() {
        let listener = crate::support::sites::tight_listener();
        let address = SockAddr::from(listener.local_addr().unwrap());
        let _filler = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let victim = spawn("victim", move || {
            make_socket(Domain::IPV4, Type::STREAM).unwrap().connect(&address).unwrap();
        });
        watch::until_parked("victim", SOCKET);
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
    }
}

mod handles {
    use super::*;

    #[coro::test(timeout = 60)]
    fn a_clone_shares_the_socket() {
        let (one, other) = unix_pair(Type::STREAM);
        let clone = one.try_clone().unwrap();
        clone.set_read_timeout(Some(HOUR)).unwrap();
        assert_eq!(one.read_timeout().unwrap(), Some(HOUR));
        clone.set_send_buffer_size(20_000).unwrap();
        assert_eq!(one.send_buffer_size().unwrap(), clone.send_buffer_size().unwrap());
        let reader = spawn("reader", move || clone.recv(&mut [0; 8]).unwrap());
        watch::until_parked("reader", SOCKET);
        drop(one);
        other.send(b"x").unwrap();
        assert_eq!(reader.join().unwrap(), 1);
    }

    #[coro::test(seeds = 100, timeout = 60)]
    fn several_threads_share_one_socket() {
        let (one, other) = unix_pair(Type::DGRAM);
        let other = Rc::new(other);
        let receivers: Vec<_> = (0..10)
            .map(|number| {
                let other = other.clone();
                spawn(&number.to_string(), move || other.recv(&mut [0; 64]).unwrap())
            })
            .collect();
        watch::until_parked("9", SOCKET);
        (1..=10).for_each(|length| send(&one, &vec![7; length]));
        let mut lengths: Vec<_> = receivers.into_iter().map(|each| each.join().unwrap()).collect();
        lengths.sort();
        assert_eq!(lengths, (1..=10).collect::<Vec<_>>());
    }

    #[coro::test(timeout = 60)]
    fn a_descriptor_made_blocking_through_a_clone_does_not_block_the_loop() {
        let (listener, address) = listener(Domain::IPV4, Type::STREAM, &local_v4());
        let blocking = net::TcpListener::from(listener.try_clone().unwrap());
        let acceptor = spawn("acceptor", move || listener.accept().unwrap().0);
        watch::until_parked("acceptor", SOCKET);
        let client = make_socket(Domain::IPV4, Type::STREAM).unwrap();
        let blocking_client = socket2::Socket::from(client.try_clone().unwrap());
        client.connect(&address).unwrap();
        let server = acceptor.join().unwrap();
        blocking_client.set_nonblocking(false).unwrap();
        let reader = spawn("reader", move || client.recv(&mut [0; 8]).unwrap());
        watch::until_parked("reader", SOCKET);
        server.send(b"x").unwrap();
        assert_eq!(reader.join().unwrap(), 1);
        drop(blocking);
    }

    #[coro::test(timeout = 60)]
    fn conversions_keep_the_timeouts() {
        let (one, other) = tcp_pair();
        one.set_read_timeout(Some(MILLISECOND * 8)).unwrap();
        let mut one = net::TcpStream::from(one);
        assert_eq!(one.read_timeout().unwrap(), Some(MILLISECOND * 8));
        assert_eq!(one.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        let one = TcpStream::from(Socket::from(one));
        assert_eq!(one.read_timeout().unwrap(), Some(MILLISECOND * 8));
        let one = Socket::from(one);
        assert_eq!(one.read_timeout().unwrap(), Some(MILLISECOND * 8));
        other.send(b"x").unwrap();
        one.wait_for_read(None).unwrap();
        assert_eq!(one.recv(&mut [0; 8]).unwrap(), 1);
        let (listener, address) = listener(Domain::IPV4, Type::STREAM, &local_v4());
        let listener = Socket::from(TcpListener::from(listener));
        make_socket(Domain::IPV4, Type::STREAM).unwrap().connect(&address).unwrap();
        assert_eq!(listener.accept().unwrap().0.domain(), Domain::IPV4);
    }

    #[coro::test(timeout = 60)]
    fn sockets_of_std_and_descriptors_become_ours() {
        let udp = Socket::from(net::UdpSocket::bind(("127.0.0.1", 0)).unwrap());
        assert_eq!((udp.r#type().unwrap(), udp.domain()), (Type::DGRAM, Domain::IPV4));
        assert_eq!(udp.protocol().unwrap(), Some(Protocol::UDP));
        let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
        let (one, other) = (Socket::from(one), Socket::from(OwnedFd::from(other)));
        assert_eq!(one.as_fd().as_raw_fd(), one.as_raw_fd());
        let reader = spawn("reader", move || other.recv(&mut [0; 8]).unwrap());
        watch::until_parked("reader", SOCKET);
        one.send(b"x").unwrap();
        assert_eq!(reader.join().unwrap(), 1);
    }

    #[test]
    fn a_socket_outside_any_loop_blocks_its_os_thread() {
        let name = TemporaryName::new();
        let (listener, address) = listener(Domain::UNIX, Type::STREAM, &name.address());
        let server = std::thread::spawn(move || {
            let (connection, _) = listener.accept().unwrap();
            io::copy(&mut &connection, &mut &connection).unwrap()
        });
        let client = make_socket(Domain::UNIX, Type::STREAM).unwrap();
        client.connect(&address).unwrap();
        client.send(b"hello").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        (&client).read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "hello");
        assert_eq!(server.join().unwrap(), 5);
        let error = client.connect_timeout(&address, MILLISECOND).unwrap_err();
        assert_ne!(error.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn outside_any_loop_a_datagram_waits_for_room_too() {
        let name = TemporaryName::new();
        let receiver = bound(Domain::UNIX, Type::DGRAM, &name.address());
        let filler = make_socket(Domain::UNIX, Type::DGRAM).unwrap();
        filler.connect(&name.address()).unwrap();
        fill(&filler);
        let sender = make_socket(Domain::UNIX, Type::DGRAM).unwrap();
        sender.set_write_timeout(Some(MILLISECOND * 2)).unwrap();
        let error = sender.send_to(b"x", &name.address()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        sender.set_write_timeout(None).unwrap();
        let sending = std::thread::spawn({
            let address = name.address();
            move || sender.send_to(b"last", &address).unwrap()
        });
        let mut buffer = [0; 4096];
        while receiver.recv(&mut buffer).unwrap() != 4 {}
        assert_eq!(sending.join().unwrap(), 4);
    }
}

mod options {
    use super::*;

    /// Sets an option to each value, and looks at it through another handle.
    #[track_caller]
    fn round_trip<T: Copy + PartialEq + std::fmt::Debug>(
        socket: &Socket,
        values: &[T],
        set: fn(&Socket, T) -> io::Result<()>,
        get: fn(&Socket) -> io::Result<T>,
    ) {
        let clone = socket.try_clone().unwrap();
        for value in values {
            set(socket, *value).unwrap();
            assert_eq!(get(&clone).unwrap(), *value);
        }
    }

    const BOTH: &[bool] = &[true, false];

    #[coro::test]
    fn of_streams() {
        let (tcp, _other) = tcp_pair();
        let tcp = &tcp;
        round_trip(tcp, BOTH, Socket::set_reuse_address, Socket::reuse_address);
        round_trip(tcp, BOTH, Socket::set_reuse_port, Socket::reuse_port);
        round_trip(tcp, BOTH, Socket::set_keepalive, Socket::keepalive);
        round_trip(tcp, BOTH, Socket::set_tcp_nodelay, Socket::tcp_nodelay);
        round_trip(tcp, BOTH, Socket::set_out_of_band_inline, Socket::out_of_band_inline);
        let limits = &[Some(Duration::from_secs(3)), Some(Duration::ZERO), None];
        round_trip(tcp, limits, Socket::set_linger, Socket::linger);
        round_trip(tcp, &[5, 64], Socket::set_ttl_v4, Socket::ttl_v4);
        assert_eq!(tcp.protocol().unwrap(), Some(Protocol::TCP));
        assert!(tcp.take_error().unwrap().is_none());
        tcp.set_recv_buffer_size(30_000).unwrap();
        assert!(tcp.recv_buffer_size().unwrap() >= 30_000);
    }

    #[coro::test]
    fn of_datagrams_and_ipv6() {
        let udp = &bound(Domain::IPV4, Type::DGRAM, &local_v4());
        round_trip(udp, BOTH, Socket::set_broadcast, Socket::broadcast);
        round_trip(udp, BOTH, Socket::set_multicast_loop_v4, Socket::multicast_loop_v4);
        round_trip(udp, &[0, 7], Socket::set_multicast_ttl_v4, Socket::multicast_ttl_v4);
        let six = &make_socket(Domain::IPV6, Type::DGRAM).unwrap();
        round_trip(six, BOTH, Socket::set_only_v6, Socket::only_v6);
        round_trip(six, &[7, 9], Socket::set_unicast_hops_v6, Socket::unicast_hops_v6);
        round_trip(six, &[0, 9], Socket::set_multicast_hops_v6, Socket::multicast_hops_v6);
        assert!(udp.only_v6().is_err(), "an option of another family is the system's error");
    }

    #[coro::test(timeout = 60)]
    fn a_multicast_reaches_the_group() {
        let group = Ipv4Addr::new(239, 12, 34, 56);
        let receiver = bound(Domain::IPV4, Type::DGRAM, &SocketAddr::from((group, 0)).into());
        receiver.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
        let sender = make_socket(Domain::IPV4, Type::DGRAM).unwrap();
        sender.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
        sender.send_to(b"all", &receiver.local_addr().unwrap()).unwrap();
        assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 3);
        receiver.leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
    }
}

mod refusals {
    use super::*;

    #[coro::test]
    fn a_limit_of_zero() {
        let (one, _other) = tcp_pair();
        let address = one.peer_addr().unwrap();
        let stream = TcpStream::from(one.try_clone().unwrap());
        let to = address.as_socket().unwrap();
        for outcome in [
            one.set_read_timeout(Some(Duration::ZERO)),
            one.set_write_timeout(Some(Duration::ZERO)),
            one.connect_timeout(&address, Duration::ZERO),
            stream.set_read_timeout(Some(Duration::ZERO)),
            TcpStream::connect_timeout(&to, Duration::ZERO).map(drop),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let cause = cause::<SocketError>(&error).unwrap();
            assert!(cause.is_zero_limit() && !cause.is_timeout() && !cause.is_unwinding());
            assert!(std::error::Error::source(cause).is_none());
            assert_eq!(cause.to_string(), error.to_string());
        }
    }
}

mod shortages {
    use super::*;
    use coro::__private::Faults;
    use coro_tests::process;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use std::fs::File;

    #[test]
    fn accept_sits_out_a_lack_of_descriptors() {
        let ended = child::run(|| {
            let maximum = getrlimit(Resource::Nofile).maximum;
            let current = Some(process::open_fds() as u64 + 64);
            setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
            coro::Builder::new().start_paused(true).run(|| {
                let (listener, address) = listener(Domain::IPV4, Type::STREAM, &local_v4());
                let client = make_socket(Domain::IPV4, Type::STREAM).unwrap();
                client.connect(&address).unwrap();
                let start = coro::time::now();
                let file = File::open("/dev/null").unwrap();
                let hoard: Vec<_> = std::iter::from_fn(|| file.try_clone().ok()).collect();
                let acceptor = thread::spawn(move || listener.accept().map(|accepted| accepted.1));
                thread::sleep(Duration::from_secs(1));
                assert!(!acceptor.is_finished());
                drop(hoard);
                let peer = acceptor.join().unwrap().unwrap();
                assert_eq!(peer, client.local_addr().unwrap());
                assert_eq!(coro::time::now() - start, Duration::from_millis(1050));
            });
        });
        ended.expect_success();
    }

    /// Exchanges a message over each kind of socket; what fails, fails.
    fn exchange(domain: Domain, kind: Type, name: &SockAddr) -> io::Result<()> {
        let limit = Some(MILLISECOND * 50);
        let listener = make_socket(domain, kind)?;
        listener.bind(name)?;
        listener.listen(4)?;
        listener.set_read_timeout(limit)?;
        let address = listener.local_addr()?;
        let server = thread::Builder::new().spawn(move || -> io::Result<()> {
            let (connection, _) = listener.accept()?;
            connection.set_read_timeout(limit)?;
            connection.wait_for_read(limit)?;
            let mut buffer = [0; 64];
            let count = connection.recv_vectored(&mut [IoSliceMut::new(&mut buffer)])?;
            connection.send_vectored(&[IoSlice::new(&buffer[..count])])?;
            Ok(())
        })?;
        let client = make_socket(domain, kind)?;
        client.set_read_timeout(limit)?;
        let outcome = client.connect(&address).and_then(|()| {
            client.send(b"message")?;
            let mut buffer = [0; 64];
            let (count, _) = client.recv_from(&mut buffer)?;
            assert!(b"message".starts_with(&buffer[..count]));
            Ok(())
        });
        // Whether the server succeeded depends on the faults; that it ends does not.
        let _ = server.join().expect("a fault is an error, not a panic");
        outcome
    }

    fn exchange_datagrams() -> io::Result<()> {
        let (one, other) = Socket::pair(Domain::UNIX, Type::DGRAM, None)?;
        other.set_read_timeout(Some(MILLISECOND * 50))?;
        one.send(b"x")?;
        other.recv(&mut [0; 8])?;
        let receiver = make_socket(Domain::IPV4, Type::DGRAM)?;
        receiver.bind(&local_v4())?;
        receiver.set_read_timeout(Some(MILLISECOND * 50))?;
        let sender = make_socket(Domain::IPV4, Type::DGRAM)?;
        sender.send_to(b"x", &receiver.local_addr()?)?;
        receiver.recv_from(&mut [0; 8])?;
        Ok(())
    }

    #[test]
    fn faults_are_errors_and_nothing_worse() {
        let ended = child::run(|| {
            let files = process::open_fds();
            let (mut injected, mut failed) = (0, 0);
            for seed in 0..300 {
                let faults = Faults::arm(seed, 5 + seed % 20);
                // Without a poller there is no loop, and `run` panics.
                let outcome = std::panic::catch_unwind(|| {
                    coro::run(|| {
                        let name = TemporaryName::new();
                        let outcomes = [
                            exchange(Domain::IPV4, Type::STREAM, &local_v4()),
                            exchange(Domain::UNIX, Type::SEQPACKET, &name.address()),
                            exchange_datagrams(),
                        ];
                        outcomes.iter().filter(|outcome| outcome.is_err()).count()
                    })
                });
                injected += faults.injected();
                match outcome {
                    Ok(count) => failed += count,
                    Err(payload) => {
                        let text = payload.downcast_ref::<String>().unwrap();
                        assert!(text.starts_with("cannot make a loop"), "{text}");
                    }
                }
            }
            assert!(injected > 300 && failed > 100, "{injected} faults, {failed} failures");
            assert_eq!(process::open_fds(), files);
        });
        ended.expect_success();
    }
}

mod with_and_without {
    use super::*;

    /// What both kinds of connections are.
    trait Stream: Read + Write {}

    impl<T: Read + Write> Stream for T {}

    #[derive(Clone, Copy, Debug)]
    enum Kind {
        Std,
        Coro,
    }

    /// The original manual's second way round its restriction: the same code, and a flag that says on what.
    fn dial(address: SocketAddr, kind: Kind) -> io::Result<Box<dyn Stream>> {
        Ok(match kind {
            Kind::Std => Box::new(net::TcpStream::connect(address)?),
            Kind::Coro => {
                let socket = make_socket(Domain::for_address(address), Type::STREAM)?;
                socket.connect(&address.into())?;
                Box::new(socket)
            }
        })
    }

    fn ask(mut stream: impl Stream) -> io::Result<String> {
        stream.write_all(b"hello")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[test]
    fn the_same_code_runs_on_both() {
        let listener = net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for connection in listener.incoming().take(3) {
                let connection = connection.unwrap();
                io::copy(&mut &connection, &mut &connection).unwrap();
            }
        });
        assert_eq!(ask(dial(address, Kind::Std).unwrap()).unwrap(), "hello");
        assert_eq!(ask(dial(address, Kind::Coro).unwrap()).unwrap(), "hello");
        // In the main thread of a loop too, which the manual did not allow.
        coro::run(|| assert_eq!(ask(dial(address, Kind::Coro).unwrap()).unwrap(), "hello"));
        server.join().unwrap();
    }
}
