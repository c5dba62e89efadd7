//! Unix sockets.

use std::fs;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use super::sys::net::Shutdown;
use super::sys::os::linux::net::SocketAddrExt;
use super::sys::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use super::sys::thread;
use crate::support::fresh_path;

programs! {
    a_pair,
    over_a_path,
    over_an_abstract_name,
    nobody_listens,
    taken_paths,
    names_of_addresses,
    connections_one_by_one,
    half_closed,
    in_slices,
    limits,
    without_blocking,
    clones_and_descriptors,
    reads_that_a_shutdown_ends,
    a_pair_of_datagrams,
    datagrams_over_paths,
    datagrams_that_fail,
    datagrams_without_blocking,
}

fn kind<T>(result: io::Result<T>) -> Result<T, io::ErrorKind> {
    result.map_err(|error| error.kind())
}

/// The path is removed afterwards, so that nothing is left behind.
fn with_path(body: impl FnOnce(&Path)) {
    let path = fresh_path();
    body(&path);
    let _ = fs::remove_file(&path);
}

/// An abstract name that nobody has.
fn abstract_addr() -> SocketAddr {
    SocketAddr::from_abstract_name(fresh_path().to_str().unwrap()).unwrap()
}

fn a_pair(log: &mut String) {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    let echoing = thread::spawn(move || {
        let mut text = String::new();
        other.read_to_string(&mut text).unwrap();
        other.write_all(text.to_uppercase().as_bytes()).unwrap();
    });
    one.write_all(b"quiet").unwrap();
    one.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    note!(log, "{:?}", kind(one.read_to_string(&mut text)));
    note!(log, "{text}");
    echoing.join().unwrap();
}

fn over_a_path(log: &mut String) {
    with_path(|path| {
        let listener = UnixListener::bind(path).unwrap();
        let addr = listener.local_addr().unwrap();
        note!(log, "{} {}", addr.as_pathname() == Some(path), addr.is_unnamed());
        thread::scope(|scope| {
            scope.spawn(|| {
                let (mut conn, from) = listener.accept().unwrap();
                conn.write_all(if from.is_unnamed() { b"you" } else { b"it!" }).unwrap();
            });
            let mut client = UnixStream::connect(path).unwrap();
            let mut text = String::new();
            client.read_to_string(&mut text).unwrap();
            note!(log, "{text} {}", client.peer_addr().unwrap().as_pathname() == Some(path));
            note!(log, "{:?}", client.local_addr().unwrap());
        });
    });
}

fn over_an_abstract_name(log: &mut String) {
    let addr = abstract_addr();
    let listener = UnixListener::bind_addr(&addr).unwrap();
    let found = listener.local_addr().unwrap();
    note!(log, "{} {:?}", found.as_abstract_name() == addr.as_abstract_name(), found.as_pathname());
    let mut client = UnixStream::connect_addr(&addr).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(b"x").unwrap();
    note!(log, "{:?}", kind(server.read_exact(&mut [0])));
}

fn nobody_listens(log: &mut String) {
    with_path(|path| {
        let error = UnixStream::connect(path).unwrap_err();
        note!(log, "{:?} {error}", error.kind());
        drop(UnixListener::bind(path).unwrap());
        let error = UnixStream::connect(path).unwrap_err();
        note!(log, "{:?} {error}", error.kind());
    });
}

fn taken_paths(log: &mut String) {
    with_path(|path| {
        let _listener = UnixListener::bind(path).unwrap();
        let error = UnixListener::bind(path).unwrap_err();
        note!(log, "{:?} {error}", error.kind());
    });
    let error = UnixListener::bind("long/".repeat(50)).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    let error = UnixStream::connect("with a \0 in it").unwrap_err();
    note!(log, "{:?} {error}", error.kind());
}

fn names_of_addresses(log: &mut String) {
    let addr = SocketAddr::from_pathname("somewhere").unwrap();
    note!(log, "{addr:?} {:?} {}", addr.as_pathname(), addr.is_unnamed());
    let addr = SocketAddr::from_abstract_name("a name").unwrap();
    note!(log, "{addr:?} {:?}", addr.as_abstract_name());
    let (one, _other) = UnixStream::pair().unwrap();
    note!(log, "{:?} {:?}", one.local_addr().unwrap(), one.peer_addr().unwrap());
    note!(log, "{:?}", SocketAddr::from_pathname("x".repeat(200)).unwrap_err().to_string());
}

fn connections_one_by_one(log: &mut String) {
    with_path(|path| {
        let listener = UnixListener::bind(path).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..3_u8 {
                    UnixStream::connect(path).unwrap().write_all(&[n]).unwrap();
                }
            });
            let mut bytes = Vec::new();
            for conn in listener.incoming().take(2) {
                conn.unwrap().read_to_end(&mut bytes).unwrap();
            }
            for conn in (&listener).into_iter().take(1) {
                conn.unwrap().read_to_end(&mut bytes).unwrap();
            }
            note!(log, "{bytes:?}");
        });
    });
}

fn half_closed(log: &mut String) {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    one.shutdown(Shutdown::Write).unwrap();
    note!(log, "{:?}", kind(other.read(&mut [0])));
    let error = one.write(b"too late").unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    drop(other);
    note!(log, "{:?}", kind(one.read(&mut [0])));
    let (mut one, other) = UnixStream::pair().unwrap();
    drop(other);
    note!(log, "{:?}", kind(one.write(b"nobody")));
}

fn in_slices(log: &mut String) {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    note!(log, "{:?}", kind(one.write_vectored(&[IoSlice::new(b"ab"), IoSlice::new(b"cde")])));
    let (mut first, mut second) = ([0; 3], [0; 4]);
    let mut slices = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    note!(log, "{:?}", kind(other.read_vectored(&mut slices)));
    note!(log, "{first:?} {second:?}");
}

fn limits(log: &mut String) {
    let (mut one, _other) = UnixStream::pair().unwrap();
    note!(log, "{:?} {:?}", kind(one.read_timeout()), kind(one.write_timeout()));
    note!(log, "{:?}", kind(one.set_read_timeout(Some(Duration::ZERO))));
    one.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    one.set_write_timeout(Some(Duration::from_millis(1))).unwrap();
    note!(log, "{:?} {:?}", kind(one.read(&mut [0])), kind(one.write_all(&[0; 4 << 20])));
    one.set_write_timeout(Some(Duration::from_secs(7))).unwrap();
    note!(log, "{:?} {}", kind(one.write_timeout()), one.take_error().unwrap().is_none());
}

fn without_blocking(log: &mut String) {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    let error = one.read(&mut [0]).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    one.set_nonblocking(false).unwrap();
    other.write_all(b"x").unwrap();
    note!(log, "{:?}", kind(one.read(&mut [0])));
    with_path(|path| {
        let listener = UnixListener::bind(path).unwrap();
        listener.set_nonblocking(true).unwrap();
        note!(log, "{:?}", kind(listener.accept().map(drop)));
        note!(log, "{}", listener.take_error().unwrap().is_none());
    });
}

fn clones_and_descriptors(log: &mut String) {
    let (one, mut other) = UnixStream::pair().unwrap();
    let clone = one.try_clone().unwrap();
    let mut again = UnixStream::from(OwnedFd::from(one));
    drop(clone);
    again.write_all(b"from the other end").unwrap();
    drop(again);
    let mut text = String::new();
    other.read_to_string(&mut text).unwrap();
    note!(log, "{text}");
}

fn reads_that_a_shutdown_ends(log: &mut String) {
    let (stream, _other) = UnixStream::pair().unwrap();
    let (datagrams, _another) = UnixDatagram::pair().unwrap();
    thread::scope(|scope| {
        let reading = scope.spawn(|| (&stream).read(&mut [0]));
        let receiving = scope.spawn(|| datagrams.recv(&mut [0]));
        let asking = scope.spawn(|| datagrams.recv_from(&mut [0]).map(|(length, _)| length));
        thread::yield_now();
        stream.shutdown(Shutdown::Read).unwrap();
        datagrams.shutdown(Shutdown::Read).unwrap();
        note!(log, "{:?}", kind(reading.join().unwrap()));
        note!(log, "{:?}", kind(receiving.join().unwrap()));
        note!(log, "{:?}", kind(asking.join().unwrap()));
    });
}

fn a_pair_of_datagrams(log: &mut String) {
    let (one, other) = UnixDatagram::pair().unwrap();
    let reading = thread::spawn(move || {
        let mut buf = [0; 4];
        let lengths = [other.recv(&mut buf).unwrap(), other.recv(&mut buf).unwrap()];
        (lengths, buf)
    });
    note!(log, "{:?} {:?}", kind(one.send(b"a")), kind(one.send(b"bcdefg")));
    note!(log, "{:?}", reading.join().unwrap());
}

fn datagrams_over_paths(log: &mut String) {
    with_path(|path| {
        let bound = UnixDatagram::bind(path).unwrap();
        let addr = abstract_addr();
        let named = UnixDatagram::bind_addr(&addr).unwrap();
        let unbound = UnixDatagram::unbound().unwrap();
        note!(log, "{:?} {:?}", kind(unbound.send_to(b"one", path)), unbound.local_addr().unwrap());
        let mut buf = [0; 8];
        let (length, from) = bound.recv_from(&mut buf).unwrap();
        note!(log, "{length} {}", from.is_unnamed());
        named.send_to(b"three", path).unwrap();
        let (length, from) = bound.recv_from(&mut buf).unwrap();
        note!(log, "{length} {}", from.as_abstract_name() == addr.as_abstract_name());
        note!(log, "{:?}", kind(bound.send_to_addr(b"back", &from)));
        note!(log, "{:?}", kind(named.recv(&mut buf)));
        unbound.connect(path).unwrap();
        note!(log, "{:?}", kind(unbound.send(b"connected")));
        note!(log, "{}", unbound.peer_addr().unwrap().as_pathname() == Some(path));
        unbound.connect_addr(&addr).unwrap();
        note!(log, "{:?} {:?}", kind(unbound.send(b"x")), kind(named.recv(&mut buf)));
    });
}

fn datagrams_that_fail(log: &mut String) {
    let socket = UnixDatagram::unbound().unwrap();
    with_path(|path| {
        note!(log, "{:?}", kind(socket.send_to(b"", path)));
        note!(log, "{:?}", kind(socket.connect(path)));
    });
    let error = socket.send(b"to whom?").unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    let error = socket.peer_addr().unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    let (one, other) = UnixDatagram::pair().unwrap();
    drop(other);
    note!(log, "{:?}", kind(one.send(b"nobody")));
    let (one, other) = UnixDatagram::pair().unwrap();
    one.shutdown(Shutdown::Both).unwrap();
    note!(log, "{:?} {:?}", kind(one.send(b"late")), kind(one.recv(&mut [0])));
    note!(log, "{:?}", kind(other.send(b"late")));
}

fn datagrams_without_blocking(log: &mut String) {
    let (one, other) = UnixDatagram::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    note!(log, "{:?}", kind(one.recv(&mut [0])));
    let full = loop {
        if let Err(error) = one.send(b"more") {
            break error.kind();
        }
    };
    note!(log, "{full:?}");
    other.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    while other.recv(&mut [0; 8]).is_ok() {}
    note!(log, "{:?}", kind(other.recv(&mut [0])));
    note!(log, "{:?}", kind(one.try_clone().and_then(|clone| clone.send(b"room again"))));
}
