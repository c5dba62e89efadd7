//! TCP: options, modes, limits and names.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use super::sys::net::{TcpListener, TcpStream, ToSocketAddrs};
use super::sys::thread;
use crate::support::refusing;

programs! {
    options,
    limits,
    a_limit_that_passes,
    a_limit_for_writing,
    a_limit_to_connect,
    a_stream_that_does_not_block,
    a_listener_that_does_not_block,
    a_mode_shared_by_clones,
    names_into_addresses,
    names_that_are_none,
    one_of_several_addresses,
    descriptors,
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn kind<T>(result: io::Result<T>) -> Result<T, io::ErrorKind> {
    result.map_err(|error| error.kind())
}

fn options(log: &mut String) {
    let (client, _server) = pair();
    note!(log, "{:?}", kind(client.nodelay()));
    client.set_nodelay(true).unwrap();
    client.set_ttl(33).unwrap();
    note!(log, "{:?} {:?}", kind(client.nodelay()), kind(client.ttl()));
    note!(log, "{:?} {:?}", client.take_error().map(|error| error.is_none()).ok(), kind(client.set_ttl(0)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_ttl(34).unwrap();
    note!(log, "{:?} {}", kind(listener.ttl()), listener.take_error().unwrap().is_none());
}

fn limits(log: &mut String) {
    let (client, _server) = pair();
    note!(log, "{:?} {:?}", kind(client.read_timeout()), kind(client.write_timeout()));
    client.set_read_timeout(Some(Duration::from_millis(1500))).unwrap();
    client.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    note!(log, "{:?} {:?}", kind(client.read_timeout()), kind(client.write_timeout()));
    note!(log, "{:?}", kind(client.set_read_timeout(Some(Duration::ZERO))));
    note!(log, "{:?}", kind(client.set_write_timeout(Some(Duration::ZERO))));
    client.set_read_timeout(None).unwrap();
    note!(log, "{:?} {:?}", kind(client.read_timeout()), kind(client.write_timeout()));
}

fn a_limit_that_passes(log: &mut String) {
    let (mut client, mut server) = pair();
    client.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    note!(log, "{:?} {:?}", kind(client.read(&mut [0])), kind(client.peek(&mut [0])));
    note!(log, "{:?}", kind(client.read_exact(&mut [0; 2])));
    server.write_all(b"ok").unwrap();
    client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    note!(log, "{:?}", kind(client.read_exact(&mut [0; 2])));
}

fn a_limit_for_writing(log: &mut String) {
    let (mut client, _server) = pair();
    client.set_write_timeout(Some(Duration::from_millis(1))).unwrap();
    let nobody_reads = vec![0; 64 << 20];
    note!(log, "{:?}", kind(client.write_all(&nobody_reads)));
}

fn a_limit_to_connect(log: &mut String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    note!(log, "{:?}", kind(TcpStream::connect_timeout(&addr, Duration::ZERO).map(drop)));
    let client = TcpStream::connect_timeout(&addr, Duration::from_secs(60)).unwrap();
    note!(log, "{}", client.peer_addr().unwrap() == addr);
}

fn a_stream_that_does_not_block(log: &mut String) {
    let (mut client, mut server) = pair();
    client.set_nonblocking(true).unwrap();
    let error = client.read(&mut [0]).unwrap_err();
    note!(log, "{:?} {error} {:?}", error.kind(), kind(client.peek(&mut [0])));
    let fill = loop {
        if let Err(error) = client.write(&[0; 65536]) {
            break error.kind();
        }
    };
    note!(log, "{fill:?}");
    client.set_nonblocking(false).unwrap();
    let answering = thread::spawn(move || server.write_all(b"a"));
    note!(log, "{:?}", kind(client.read_exact(&mut [0])));
    answering.join().unwrap().unwrap();
}

fn a_listener_that_does_not_block(log: &mut String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    note!(log, "{:?}", kind(listener.accept().map(drop)));
    note!(log, "{:?}", listener.incoming().next().map(|conn| kind(conn.map(drop))));
    listener.set_nonblocking(false).unwrap();
    let client = thread::spawn(move || TcpStream::connect(addr).map(drop));
    note!(log, "{:?}", kind(listener.accept().map(drop)));
    client.join().unwrap().unwrap();
}

fn a_mode_shared_by_clones(log: &mut String) {
    let (client, _server) = pair();
    let mut clone = client.try_clone().unwrap();
    client.set_nonblocking(true).unwrap();
    note!(log, "{:?}", kind(clone.read(&mut [0])));
}

/// What the names lead to, without the address family that the machine prefers.
fn resolved(name: impl ToSocketAddrs) -> Result<Vec<SocketAddr>, io::ErrorKind> {
    Ok(kind(name.to_socket_addrs())?.filter(SocketAddr::is_ipv4).collect())
}

fn names_into_addresses(log: &mut String) {
    let (ip, borrowed) = (Ipv4Addr::LOCALHOST, &("localhost", 88));
    note!(log, "{:?}", resolved("127.0.0.1:80"));
    note!(log, "{:?} {:?}", resolved(("127.0.0.1", 81)), resolved(("127.0.0.1".to_owned(), 82)));
    note!(log, "{:?} {:?}", resolved((ip, 83)), resolved((IpAddr::V4(ip), 84)));
    note!(log, "{:?}", resolved(&[SocketAddr::from((ip, 85)), SocketAddr::from((ip, 86))][..]));
    note!(log, "{:?} {:?}", resolved(String::from("localhost:87")), resolved(borrowed));
}

fn names_that_are_none(log: &mut String) {
    for name in ["", "127.0.0.1", "localhost:", "localhost:port", "a:b:c", "127.0.0.1:65536"] {
        note!(log, "{name}: {:?}", resolved(name));
    }
    let none: &[SocketAddr] = &[];
    note!(log, "{:?}", resolved(none));
    let error = TcpStream::connect(none).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    let error = TcpListener::bind(none).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    note!(log, "{:?}", kind(TcpStream::connect("nonsense").map(drop)));
}

fn one_of_several_addresses(log: &mut String) {
    let (_bound, gone) = refusing();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let client = TcpStream::connect(&[gone, addr][..]).unwrap();
    note!(log, "{}", client.peer_addr().unwrap() == addr);
    let both_bound = TcpListener::bind(&[addr, SocketAddr::from(([127, 0, 0, 1], 0))][..]);
    note!(log, "{}", both_bound.unwrap().local_addr().unwrap() != addr);
    note!(log, "{:?}", kind(TcpStream::connect(&[gone, gone][..]).map(drop)));
}

fn descriptors(log: &mut String) {
    let (client, server) = pair();
    let mut client = TcpStream::from(OwnedFd::from(client));
    note!(log, "{}", server.as_raw_fd() == server.as_fd().as_raw_fd());
    let mut server = TcpStream::from(OwnedFd::from(server));
    client.write_all(b"still connected").unwrap();
    drop(client);
    let mut text = String::new();
    note!(log, "{:?}", kind(server.read_to_string(&mut text)));
    note!(log, "{text}");
}
