//! UDP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::sys::net::UdpSocket;
use super::sys::thread;

programs! {
    there_and_back,
    connected,
    a_reader_that_waits,
    addresses,
    cut_short,
    empty_datagrams,
    peeked,
    a_port_that_nobody_has,
    without_an_address,
    others_are_not_heard,
    limits,
    without_blocking,
    options,
    clones_and_descriptors,
}

fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

fn addr(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().unwrap()
}

fn kind<T>(result: io::Result<T>) -> Result<T, io::ErrorKind> {
    result.map_err(|error| error.kind())
}

fn there_and_back(log: &mut String) {
    let (one, other) = (socket(), socket());
    let to = addr(&other);
    let answering = thread::spawn(move || {
        let mut buf = [0; 16];
        let (length, from) = other.recv_from(&mut buf).unwrap();
        buf[..length].reverse();
        other.send_to(&buf[..length], from).unwrap();
    });
    note!(log, "{:?}", kind(one.send_to(b"abc", to)));
    let mut buf = [0; 16];
    let (length, from) = one.recv_from(&mut buf).unwrap();
    note!(log, "{:?} {}", &buf[..length], from == to);
    answering.join().unwrap();
}

fn connected(log: &mut String) {
    let (one, other) = (socket(), socket());
    one.connect(addr(&other)).unwrap();
    other.connect(addr(&one)).unwrap();
    note!(log, "{:?} {:?}", kind(one.send(b"one")), kind(one.send(b"three")));
    let mut buf = [0; 8];
    note!(log, "{:?} {:?} {:?}", kind(other.recv(&mut buf)), kind(other.recv(&mut buf)), buf);
    note!(log, "{}", one.peer_addr().unwrap() == addr(&other));
}

fn a_reader_that_waits(log: &mut String) {
    let (one, other) = (socket(), socket());
    let to = addr(&other);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut bytes = Vec::new();
            for _ in 0..5 {
                let mut byte = [0];
                other.recv(&mut byte).unwrap();
                bytes.push(byte[0]);
            }
            bytes
        });
        for n in 0..5 {
            one.send_to(&[n], to).unwrap();
            thread::yield_now();
        }
        note!(log, "{:?}", reader.join().unwrap());
    });
}

fn addresses(log: &mut String) {
    let socket = socket();
    note!(log, "{} {}", addr(&socket).ip(), addr(&socket).port() != 0);
    let error = socket.peer_addr().unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    note!(log, "{:?}", kind(UdpSocket::bind(addr(&socket)).map(drop)));
    note!(log, "{:?}", kind(UdpSocket::bind("nonsense").map(drop)));
    let none: &[SocketAddr] = &[];
    note!(log, "{:?} {:?}", kind(socket.send_to(b"", none)), kind(socket.connect(none)));
}

fn cut_short(log: &mut String) {
    let (one, other) = (socket(), socket());
    one.send_to(b"abcdef", addr(&other)).unwrap();
    one.send_to(b"next", addr(&other)).unwrap();
    let mut buf = [0; 4];
    note!(log, "{:?} {buf:?}", other.recv_from(&mut buf).map(|(length, _)| length).ok());
    note!(log, "{:?} {buf:?}", kind(other.recv(&mut buf)));
}

fn empty_datagrams(log: &mut String) {
    let (one, other) = (socket(), socket());
    note!(log, "{:?}", kind(one.send_to(b"", addr(&other))));
    note!(log, "{:?}", kind(other.recv(&mut [0; 4])));
    let too_long = one.send_to(&vec![0; 100_000], addr(&other)).unwrap_err();
    note!(log, "{too_long}");
}

fn peeked(log: &mut String) {
    let (one, other) = (socket(), socket());
    one.connect(addr(&other)).unwrap();
    one.send(b"abc").unwrap();
    let mut buf = [0; 2];
    let (length, from) = other.peek_from(&mut buf).unwrap();
    note!(log, "{length} {buf:?} {}", from == addr(&one));
    note!(log, "{:?} {:?}", kind(other.peek(&mut [0; 8])), kind(other.recv(&mut [0; 8])));
}

fn a_port_that_nobody_has(log: &mut String) {
    // A connected socket hears its peer alone; to all others it is as if nobody had its port.
    let (deaf, peer, socket) = (socket(), socket(), socket());
    deaf.connect(addr(&peer)).unwrap();
    socket.connect(addr(&deaf)).unwrap();
    socket.send(b"hello?").unwrap();
    let error = socket.recv(&mut [0]).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
}

fn without_an_address(log: &mut String) {
    let error = socket().send(b"to whom?").unwrap_err();
    note!(log, "{:?} {error}", error.raw_os_error());
}

fn others_are_not_heard(log: &mut String) {
    let (one, other, stranger) = (socket(), socket(), socket());
    other.connect(addr(&one)).unwrap();
    stranger.send_to(b"psst", addr(&other)).unwrap();
    one.send_to(b"mine", addr(&other)).unwrap();
    let mut buf = [0; 4];
    note!(log, "{:?} {buf:?}", kind(other.recv(&mut buf)));
    other.set_nonblocking(true).unwrap();
    note!(log, "{:?}", kind(other.recv(&mut buf)));
}

fn limits(log: &mut String) {
    let socket = socket();
    note!(log, "{:?}", kind(socket.read_timeout()));
    note!(log, "{:?}", kind(socket.set_read_timeout(Some(Duration::ZERO))));
    socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    socket.set_write_timeout(Some(Duration::from_secs(3))).unwrap();
    note!(log, "{:?} {:?}", kind(socket.recv(&mut [0])), kind(socket.peek(&mut [0])));
    note!(log, "{:?}", kind(socket.recv_from(&mut [0]).map(drop)));
    note!(log, "{:?}", kind(socket.write_timeout()));
}

fn without_blocking(log: &mut String) {
    let socket = socket();
    socket.set_nonblocking(true).unwrap();
    let error = socket.recv(&mut [0]).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    note!(log, "{:?}", kind(socket.peek_from(&mut [0]).map(drop)));
    socket.set_nonblocking(false).unwrap();
    socket.send_to(b"x", addr(&socket)).unwrap();
    note!(log, "{:?}", kind(socket.recv(&mut [0])));
}

fn options(log: &mut String) {
    let socket = socket();
    note!(log, "{:?} {:?}", kind(socket.broadcast()), kind(socket.set_broadcast(true)));
    socket.set_ttl(21).unwrap();
    socket.set_multicast_ttl_v4(22).unwrap();
    socket.set_multicast_loop_v4(false).unwrap();
    note!(log, "{:?} {:?}", kind(socket.broadcast()), kind(socket.ttl()));
    note!(log, "{:?} {:?}", kind(socket.multicast_ttl_v4()), kind(socket.multicast_loop_v4()));
    let (group, any) = (Ipv4Addr::new(239, 1, 2, 3), Ipv4Addr::LOCALHOST);
    note!(log, "{:?}", kind(socket.join_multicast_v4(&group, &any)));
    note!(log, "{:?}", kind(socket.leave_multicast_v4(&group, &any)));
    note!(log, "{}", socket.leave_multicast_v4(&group, &any).unwrap_err());
    note!(log, "{:?}", socket.multicast_loop_v6().map_err(|error| error.raw_os_error()));
    note!(log, "{:?}", kind(socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0)).is_err());
    note!(log, "{}", socket.take_error().unwrap().is_none());
}

fn clones_and_descriptors(log: &mut String) {
    let one = socket();
    let clone = one.try_clone().unwrap();
    clone.send_to(b"to myself", addr(&one)).unwrap();
    let again = UdpSocket::from(OwnedFd::from(one));
    note!(log, "{:?} {}", kind(again.recv(&mut [0; 16])), addr(&again) == addr(&clone));
}
