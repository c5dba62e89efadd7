//! TCP: connections and what goes over them.

use std::io::{self, BufRead, BufReader, IoSlice, IoSliceMut, Read, Write};
use std::time::Duration;

use super::sys::net::{Shutdown, TcpListener, TcpStream};
use super::sys::sync::mpsc;
use super::sys::thread;
use crate::support::refusing;

programs! {
    echo,
    many_clients,
    addresses,
    the_end_of_a_stream,
    half_closed,
    a_write_after_the_end,
    a_reset,
    a_read_that_a_shutdown_ends,
    a_write_that_a_shutdown_ends,
    refused,
    taken_addresses,
    peeked,
    in_slices,
    clones,
    references,
    lines,
    more_than_fits,
    copied,
    a_short_stream,
    an_iterator_of_connections,
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

/// A result without what differs from run to run.
fn kind<T>(result: io::Result<T>) -> Result<T, io::ErrorKind> {
    result.map_err(|error| error.kind())
}

/// An error of the system, as the system says it.
fn words<T>(result: io::Result<T>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "no error".to_owned())
}

fn echo(log: &mut String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut conn, _) = listener.accept().unwrap();
        let mut buf = [0; 16];
        loop {
            let n = conn.read(&mut buf).unwrap();
            if n == 0 {
                return;
            }
            conn.write_all(&buf[..n]).unwrap();
        }
    });
    let mut client = TcpStream::connect(addr).unwrap();
    for word in ["one", "two", "three"] {
        client.write_all(word.as_bytes()).unwrap();
        let mut answer = vec![0; word.len()];
        client.read_exact(&mut answer).unwrap();
        note!(log, "{}", String::from_utf8(answer).unwrap());
    }
    drop(client);
    server.join().unwrap();
}

fn many_clients(log: &mut String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let sum: u32 = thread::scope(|scope| {
        scope.spawn(|| {
            for conn in listener.incoming().take(8) {
                let mut conn = conn.unwrap();
                scope.spawn(move || {
                    let mut byte = [0];
                    conn.read_exact(&mut byte).unwrap();
                    conn.write_all(&[byte[0] * 2]).unwrap();
                });
            }
        });
        let ask = |n: u8| {
            let mut client = TcpStream::connect(addr).unwrap();
            client.write_all(&[n]).unwrap();
            let mut answer = [0];
            client.read_exact(&mut answer).unwrap();
            u32::from(answer[0])
        };
        let clients: Vec<_> = (0..8).map(|n| scope.spawn(move || ask(n))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    note!(log, "{sum}");
}

fn addresses(log: &mut String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let client = TcpStream::connect(addr).unwrap();
    let (server, from) = listener.accept().unwrap();
    note!(log, "{} {}", addr.ip(), addr.port() != 0);
    note!(log, "{} {}", client.peer_addr().unwrap() == addr, server.local_addr().unwrap() == addr);
    note!(log, "{} {}", from == client.local_addr().unwrap(), from == server.peer_addr().unwrap());
}

fn the_end_of_a_stream(log: &mut String) {
    let (mut client, mut server) = pair();
    client.write_all(b"last words").unwrap();
    drop(client);
    let mut text = String::new();
    note!(log, "{:?}", kind(server.read_to_string(&mut text)));
    note!(log, "{text} {:?} {:?}", kind(server.read(&mut [0; 4])), kind(server.read(&mut [])));
    note!(log, "{:?}", kind(server.read_exact(&mut [0])));
}

fn half_closed(log: &mut String) {
    let (mut client, mut server) = pair();
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut question = Vec::new();
    server.read_to_end(&mut question).unwrap();
    server.write_all(b"answer").unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    note!(log, "{question:?} {answer}");
}

fn a_write_after_the_end(log: &mut String) {
    let (mut client, server) = pair();
    client.shutdown(Shutdown::Write).unwrap();
    let error = client.write(b"too late").unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    server.shutdown(Shutdown::Read).unwrap();
    note!(log, "{:?}", kind((&server).read(&mut [0])));
    client.shutdown(Shutdown::Both).unwrap();
    note!(log, "{:?}", kind(client.read(&mut [0])));
}

fn a_reset(log: &mut String) {
    let (mut client, mut server) = pair();
    client.write_all(b"never read").unwrap();
    server.read_exact(&mut [0; 5]).unwrap();
    drop(server);
    let error = client.read(&mut [0]).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
}

fn a_read_that_a_shutdown_ends(log: &mut String) {
    let (client, _server) = pair();
    thread::scope(|scope| {
        let reading = scope.spawn(|| (&client).read(&mut [0]));
        thread::yield_now();
        client.shutdown(Shutdown::Read).unwrap();
        note!(log, "{:?}", kind(reading.join().unwrap()));
    });
}

fn a_write_that_a_shutdown_ends(log: &mut String) {
    let (client, mut server) = pair();
    thread::scope(|scope| {
        let writing = scope.spawn(|| (&client).write_all(&vec![0; 64 << 20]));
        server.read_exact(&mut [0]).unwrap(); // it has begun
        client.shutdown(Shutdown::Write).unwrap();
        note!(log, "{:?}", kind(writing.join().unwrap()));
    });
}

fn refused(log: &mut String) {
    let (_bound, addr) = refusing();
    let error = TcpStream::connect(addr).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
    let error = TcpStream::connect_timeout(&addr, Duration::from_secs(60)).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
}

fn taken_addresses(log: &mut String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let again = TcpListener::bind(listener.local_addr().unwrap());
    note!(log, "{:?} {}", kind(again.as_ref().map(drop).map_err(|error| error.kind().into())), words(again));
    let elsewhere = TcpListener::bind("192.0.2.1:0");
    note!(log, "{}", words(elsewhere));
}

fn peeked(log: &mut String) {
    let (mut client, mut server) = pair();
    let looking = thread::spawn(move || {
        let mut seen = [0; 2];
        server.peek(&mut seen).unwrap();
        let mut read = [0; 4];
        server.read_exact(&mut read).unwrap();
        (seen[0], read, server.peek(&mut seen).unwrap())
    });
    client.write_all(b"abcd").unwrap();
    drop(client);
    note!(log, "{:?}", looking.join().unwrap());
}

fn in_slices(log: &mut String) {
    let (mut client, mut server) = pair();
    let slices = [IoSlice::new(b"abc"), IoSlice::new(b""), IoSlice::new(b"defg")];
    note!(log, "{:?}", kind(client.write_vectored(&slices)));
    drop(client);
    let (mut one, mut other) = ([0; 2], [0; 3]);
    let mut slices = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other)];
    note!(log, "{:?}", kind(server.read_vectored(&mut slices)));
    let mut rest = String::new();
    server.read_to_string(&mut rest).unwrap();
    note!(log, "{one:?} {other:?} {rest}");
}

fn clones(log: &mut String) {
    let (client, mut server) = pair();
    let mut clone = client.try_clone().unwrap();
    drop(client);
    clone.write_all(b"from a clone").unwrap();
    clone.try_clone().unwrap().shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    server.read_to_string(&mut text).unwrap();
    note!(log, "{text}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let clone = listener.try_clone().unwrap();
    let addr = listener.local_addr().unwrap();
    drop(listener);
    let accepting = thread::spawn(move || clone.accept().map(|_| ()));
    TcpStream::connect(addr).unwrap();
    note!(log, "{:?}", kind(accepting.join().unwrap()));
}

fn references(log: &mut String) {
    let (client, server) = pair();
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut text = String::new();
            (&server).read_to_string(&mut text).map(|_| text)
        });
        scope.spawn(|| {
            (&client).write_all(b"shared").unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        });
        note!(log, "{:?}", kind(reading.join().unwrap()));
    });
}

fn lines(log: &mut String) {
    let (mut client, server) = pair();
    let writing = thread::spawn(move || {
        for part in ["fir", "st\nsec", "ond\n\nthird"] {
            client.write_all(part.as_bytes()).unwrap();
            thread::yield_now();
        }
    });
    for line in BufReader::new(server).lines() {
        note!(log, "{:?}", line.unwrap());
    }
    writing.join().unwrap();
}

fn more_than_fits(log: &mut String) {
    let (mut client, mut server) = pair();
    let bytes: Vec<u8> = (0..8_000_000_u32).map(|n| (n % 251) as u8).collect();
    let (sender, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut read = Vec::new();
        server.read_to_end(&mut read).unwrap();
        sender.send(read).unwrap();
    });
    note!(log, "{:?}", kind(client.write_all(&bytes)));
    drop(client);
    note!(log, "{}", receiver.recv().unwrap() == bytes);
    reading.join().unwrap();
}

fn copied(log: &mut String) {
    let (client, mut server) = pair();
    let text = "copied through ".repeat(10_000);
    let reading = thread::spawn(move || io::copy(&mut server, &mut io::sink()));
    let mut client = client;
    note!(log, "{:?}", kind(io::copy(&mut text.as_bytes(), &mut client)));
    drop(client);
    note!(log, "{:?}", kind(reading.join().unwrap()));
}

fn a_short_stream(log: &mut String) {
    let (mut client, mut server) = pair();
    client.write_all(b"abc").unwrap();
    drop(client);
    let error = server.read_exact(&mut [0; 5]).unwrap_err();
    note!(log, "{:?} {error}", error.kind());
}

fn an_iterator_of_connections(log: &mut String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let clients = thread::spawn(move || {
        for n in 0..3_u8 {
            TcpStream::connect(addr).unwrap().write_all(&[n]).unwrap();
        }
    });
    for conn in listener.incoming().take(3) {
        let mut bytes = Vec::new();
        conn.unwrap().read_to_end(&mut bytes).unwrap();
        note!(log, "{bytes:?}");
    }
    clients.join().unwrap();
}
