//! TCP: several users of one socket, ends and resets, limits, conversions.

use std::cell::Cell;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{self, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use coro::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use coro::sync::Arc;
use coro::thread;
use coro_tests::sockets;

use crate::support::sites::{SOCKET, tight_listener};
use crate::support::{HOUR, MILLISECOND, watch};

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Spawns a named thread.
fn spawn<T: 'static>(name: &str, f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

mod sharing {
    use super::*;

    #[coro::test]
    fn two_threads_read_and_two_write_at_once() {
        const EACH: usize = 300_000;
        let (one, other) = sockets::pair().unwrap();
        let (one, other) = (Rc::new(one), Rc::new(other));
        let received = Rc::new(Cell::new(0));
        let writers: Vec<_> = (1..=2)
            .map(|byte| {
                let one = one.clone();
                thread::spawn(move || (&*one).write_all(&vec![byte; EACH]).unwrap())
            })
            .collect();
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let (other, received) = (other.clone(), received.clone());
                thread::spawn(move || {
                    let (mut buffer, mut counts) = ([0; 1000], [0; 3]);
                    loop {
                        let count = (&*other).read(&mut buffer).unwrap();
                        if count == 0 {
                            return counts;
                        }
                        received.set(received.get() + count);
                        for byte in &buffer[..count] {
                            counts[usize::from(*byte)] += 1;
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        one.shutdown(Shutdown::Write).unwrap();
        let mut counts = [0; 3];
        for reader in readers {
            let part = reader.join().unwrap();
            counts.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        assert_eq!(counts, [0, EACH, EACH]);
        assert_eq!(received.get(), 2 * EACH);
    }

    #[coro::test]
    fn a_thread_reads_while_another_writes_to_the_same_socket() {
        let (one, other) = sockets::pair().unwrap();
        let one = Rc::new(one);
        let reader = thread::spawn({
            let one = one.clone();
            move || {
                let mut bytes = Vec::new();
                (&*one).read_to_end(&mut bytes).unwrap();
                bytes
            }
        });
        let echo = thread::spawn(move || io::copy(&mut &other, &mut &other).unwrap());
        let sent: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
        for chunk in sent.chunks(777) {
            (&*one).write_all(chunk).unwrap();
        }
        one.shutdown(Shutdown::Write).unwrap();
        assert_eq!(echo.join().unwrap(), 100_000);
        assert_eq!(reader.join().unwrap(), sent);
    }

    /// Lets `count` threads accept, kills some of them, and connects as often as there are others.
    fn accept_by_many(count: usize, killed: usize) {
        let (listener, address) = listener();
        let listener = Rc::new(listener);
        let mut acceptors: Vec<_> = (0..count)
            .map(|number| {
                let listener = listener.clone();
                spawn(&number.to_string(), move || listener.accept().unwrap().1)
            })
            .collect();
        watch::until_parked(&(count - 1).to_string(), SOCKET);
        let others = acceptors.split_off(killed);
        for acceptor in acceptors {
            acceptor.kill();
            assert!(acceptor.join().unwrap_err().is_killed());
        }
        let clients: Vec<_> =
            others.iter().map(|_| net::TcpStream::connect(address).unwrap()).collect();
        let mut seen: Vec<_> = others.into_iter().map(|each| each.join().unwrap()).collect();
        let mut expected: Vec<_> = clients.iter().map(|each| each.local_addr().unwrap()).collect();
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected);
    }

    #[coro::test]
    fn a_hundred_threads_accept_and_each_gets_one() {
        accept_by_many(100, 0);
    }

    #[coro::test]
    fn killed_acceptors_take_nothing_away() {
        accept_by_many(60, 30);
        accept_by_many(2, 1);
    }

    #[coro::test]
    fn a_listener_goes_with_its_killed_acceptors() {
        let (listener, address) = listener();
        let listener = Rc::new(listener);
        let acceptors: Vec<_> = (0..10)
            .map(|number| {
                let listener = listener.clone();
                spawn(&number.to_string(), move || listener.accept().map(drop))
            })
            .collect();
        drop(listener);
        watch::until_parked("9", SOCKET);
        for acceptor in acceptors {
            acceptor.kill();
            assert!(acceptor.join().unwrap_err().is_killed());
        }
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn two_loops_and_an_os_thread_use_one_in_turn() {
        let (reader, mut sender) = sockets::std_pair().unwrap();
        let reader = Arc::new(TcpStream::from(reader));
        let read = |expected: u8| {
            let reader = reader.clone();
            move || {
                let mut byte = [0];
                (&*reader).read_exact(&mut byte).unwrap();
                assert_eq!(byte[0], expected);
            }
        };
        for round in 0..10 {
            let first = read(3 * round);
            let first = std::thread::spawn(move || coro::run(first));
            sender.write_all(&[3 * round]).unwrap();
            first.join().unwrap();
            let second = read(3 * round + 1);
            let second = std::thread::spawn(move || coro::run(|| thread::spawn(second).join()));
            sender.write_all(&[3 * round + 1]).unwrap();
            second.join().unwrap().unwrap();
            let third = std::thread::spawn(read(3 * round + 2));
            sender.write_all(&[3 * round + 2]).unwrap();
            third.join().unwrap();
        }
    }

    #[test]
    fn two_loops_wait_for_one_at_once() {
        let (reader, mut sender) = sockets::std_pair().unwrap();
        let reader = Arc::new(TcpStream::from(reader));
        let loops: Vec<_> = (0..2)
            .map(|_| {
                let reader = reader.clone();
                std::thread::spawn(move || {
                    coro::run(|| {
                        let mut byte = [0];
                        (&*reader).read_exact(&mut byte).unwrap();
                        byte[0]
                    })
                })
            })
            .collect();
        drop(reader);
        sender.write_all(&[1, 2]).unwrap();
        let mut seen: Vec<_> = loops.into_iter().map(|each| each.join().unwrap()).collect();
        seen.sort();
        assert_eq!(seen, [1, 2]);
    }

    #[coro::test]
    fn a_clone_lives_on_its_own() {
        let (one, other) = sockets::pair().unwrap();
        let clone = one.try_clone().unwrap();
        one.set_read_timeout(Some(HOUR)).unwrap();
        assert_eq!(clone.read_timeout().unwrap(), Some(HOUR));
        let reader = spawn("reader", move || {
            let mut byte = [0];
            (&clone).read_exact(&mut byte).unwrap();
            byte[0]
        });
        watch::until_parked("reader", SOCKET);
        assert!(coro::timeout(MILLISECOND, || (&one).read(&mut [0]).map_err(drop)).is_err());
        drop(one);
        (&other).write_all(&[7]).unwrap();
        assert_eq!(reader.join().unwrap(), 7);
    }
}

mod ends {
    use super::*;

    /// How the reader stands when the last bytes and the end of the stream arrive together.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Reader {
        /// It has never read.
        Fresh,
        /// It has read, and had to wait for it.
        Registered,
        /// It is parked in a read.
        Parked,
    }

    fn end_with_the_last_bytes(state: Reader) {
        let (reader, writer) = sockets::pair().unwrap();
        let thread = spawn("reader", move || {
            let mut buffer = [0; 64];
            if state == Reader::Registered {
                assert_eq!((&reader).read(&mut buffer).unwrap(), 1);
            }
            if state != Reader::Parked {
                thread::park();
            }
            assert_eq!((&reader).read(&mut buffer).unwrap(), 4, "{state:?}");
            assert_eq!(&buffer[..4], b"last");
            for _ in 0..3 {
                assert_eq!((&reader).read(&mut buffer).unwrap(), 0, "{state:?}");
            }
        });
        if state == Reader::Registered {
            watch::until_parked("reader", SOCKET);
            (&writer).write_all(b"x").unwrap();
        }
        let before = if state == Reader::Parked { SOCKET } else { "unpark" };
        watch::until_parked("reader", before);
        (&writer).write_all(b"last").unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
        thread.thread().unpark();
        thread.join().unwrap();
    }

    #[coro::test(timeout = 60)]
    fn the_end_may_come_with_the_last_bytes() {
        for state in [Reader::Fresh, Reader::Registered, Reader::Parked] {
            end_with_the_last_bytes(state);
        }
    }

    #[coro::test(timeout = 60)]
    fn a_closed_peer_is_an_end_for_the_reader_and_an_error_for_the_writer() {
        let (one, other) = sockets::pair().unwrap();
        drop(other);
        assert_eq!((&one).read(&mut [0; 8]).unwrap(), 0);
        // The first write tells the peer, whose kernel answers with a reset.
        let outcome = (0..1000).find_map(|_| (&one).write(&[0; 1000]).err());
        let kind = outcome.unwrap().kind();
        assert!(matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{kind:?}");
    }

    #[coro::test(timeout = 60)]
    fn a_reset_wakes_the_reader_with_an_error() {
        let (one, other) = sockets::pair().unwrap();
        let reader = spawn("reader", move || (&one).read(&mut [0; 8]).unwrap_err().kind());
        watch::until_parked("reader", SOCKET);
        sockets::reset_on_close(&other).unwrap();
        drop(other);
        assert_eq!(reader.join().unwrap(), ErrorKind::ConnectionReset);
    }

    #[coro::test(timeout = 60)]
    fn a_shutdown_wakes_the_reader() {
        let (one, _other) = sockets::pair().unwrap();
        let one = Rc::new(one);
        let reader = spawn("reader", {
            let one = one.clone();
            move || (&*one).read(&mut [0; 8]).unwrap()
        });
        watch::until_parked("reader", SOCKET);
        one.shutdown(Shutdown::Read).unwrap();
        assert_eq!(reader.join().unwrap(), 0);
    }

    #[coro::test(timeout = 60)]
    fn nothing_wanted_is_nothing_read() {
        let (one, other) = sockets::pair().unwrap();
        assert_eq!((&one).write(&[]).unwrap(), 0);
        (&other).write_all(b"x").unwrap();
        assert_eq!((&one).read(&mut []).unwrap(), 0);
        // It was no end.
        assert_eq!((&one).read(&mut [0; 8]).unwrap(), 1);
    }
}

mod transfer {
    use super::*;

    #[coro::test(timeout = 60)]
    fn peek_leaves_the_bytes_there() {
        let (one, other) = sockets::pair().unwrap();
        let peeker = spawn("peeker", move || {
            let mut buffer = [0; 8];
            for _ in 0..3 {
                assert_eq!(one.peek(&mut buffer).unwrap(), 4);
            }
            assert_eq!((&one).read(&mut buffer).unwrap(), 4);
            buffer[..4].to_vec()
        });
        watch::until_parked("peeker", SOCKET);
        (&other).write_all(b"look").unwrap();
        assert_eq!(peeker.join().unwrap(), b"look");
    }

    #[coro::test(timeout = 60)]
    fn several_buffers_at_once() {
        let (one, other) = sockets::pair().unwrap();
        let parts = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cdef")];
        assert_eq!((&one).write_vectored(&parts).unwrap(), 6);
        let (mut first, mut second) = ([0; 1], [0; 10]);
        let mut parts = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!((&other).read_vectored(&mut parts).unwrap(), 6);
        assert_eq!((&first, &second[..5]), (b"a", &b"bcdef"[..]));
        let reader = spawn("reader", move || {
            let (mut first, mut second) = ([0; 1], [0; 1]);
            let mut parts = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
            (&other).read_vectored(&mut parts).unwrap()
        });
        watch::until_parked("reader", SOCKET);
        (&one).write_all(b"gh").unwrap();
        assert_eq!(reader.join().unwrap(), 2);
    }

    /// A generator for chunk sizes and bytes.
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *state >> 33
    }

    fn checksum(sum: u64, bytes: &[u8]) -> u64 {
        bytes.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn send(stream: &TcpStream, seed: u64) -> u64 {
        let (mut stream, mut state, mut sum) = (stream, seed, 0);
        for _ in 0..20 {
            let length = next(&mut state) % 3000;
            let chunk: Vec<u8> = (0..length).map(|_| next(&mut state) as u8).collect();
            stream.write_all(&chunk).unwrap();
            sum = checksum(sum, &chunk);
        }
        stream.shutdown(Shutdown::Write).unwrap();
        sum
    }

    fn receive(stream: &TcpStream, seed: u64) -> u64 {
        let (mut stream, mut state, mut sum) = (stream, seed, 0);
        loop {
            let mut buffer = vec![0; 1 + next(&mut state) as usize % 4000];
            let count = stream.read(&mut buffer).unwrap();
            if count == 0 {
                return sum;
            }
            sum = checksum(sum, &buffer[..count]);
        }
    }

    #[coro::test(timeout = 60)]
    fn two_hundred_connections_mix_nothing_up() {
        let (listener, address) = listener();
        let server = thread::spawn(move || {
            let answer = |stream: TcpStream| {
                thread::spawn(move || {
                    let mut bytes = Vec::new();
                    (&stream).read_to_end(&mut bytes).unwrap();
                    (&stream).write_all(&bytes).unwrap();
                })
            };
            let connections = listener.incoming().take(200);
            let threads: Vec<_> = connections.map(|stream| answer(stream.unwrap())).collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        let clients: Vec<_> = (0..200)
            .map(|seed| {
                thread::spawn(move || {
                    let stream = TcpStream::connect(address).unwrap();
                    assert_eq!(send(&stream, seed), receive(&stream, seed));
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        server.join().unwrap();
    }
}

mod limits {
    use super::*;

    #[coro::test(start_paused)]
    fn a_read_or_write_that_takes_too_long_would_block() {
        let (one, _other) = sockets::pair().unwrap();
        sockets::fix_buffers(&one).unwrap();
        one.set_read_timeout(Some(HOUR)).unwrap();
        one.set_write_timeout(Some(HOUR * 2)).unwrap();
        let start = coro::time::now();
        let error = (&one).read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert_eq!(coro::time::now() - start, HOUR);
        assert_eq!(one.peek(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        let much = vec![0; 16 * sockets::MORE_THAN_FITS];
        let error = (&one).write_all(&much).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert_eq!(coro::time::now() - start, HOUR * 4);
    }

    #[coro::test]
    fn no_limit_and_zero() {
        let (one, _other) = sockets::pair().unwrap();
        assert_eq!(one.read_timeout().unwrap(), None);
        for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
            let error = set(&one, Some(Duration::ZERO)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            set(&one, Some(Duration::MAX)).unwrap();
            set(&one, None).unwrap();
        }
        assert_eq!(one.write_timeout().unwrap(), None);
    }

    #[coro::test(start_paused)]
    fn connect_timeout() {
        let listener = tight_listener();
        let address = listener.local_addr().unwrap();
        let _filler = net::TcpStream::connect(address).unwrap();
        let start = coro::time::now();
        let error = TcpStream::connect_timeout(&address, HOUR).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), format!("no connection to {address} within 3600s"));
        assert_eq!(coro::time::now() - start, HOUR);
        let error = TcpStream::connect_timeout(&address, Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

mod names {
    use super::*;

    #[coro::test]
    fn a_refused_connection_is_an_error() {
        let (listener, address) = listener();
        drop(listener);
        let error = TcpStream::connect(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = TcpStream::connect_timeout(&address, HOUR).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }

    #[coro::test]
    fn the_first_address_that_answers_is_taken() {
        let (closed, refused) = listener();
        drop(closed);
        let (_open, address) = listener();
        let stream = TcpStream::connect(&[refused, address][..]).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
        let none: &[SocketAddr] = &[];
        assert_eq!(TcpStream::connect(none).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[coro::test(timeout = 60)]
    fn localhost_is_looked_up_by_many_at_once() {
        let look_up = || "localhost:80".to_socket_addrs().unwrap().collect::<Vec<_>>();
        let threads: Vec<_> = (0..20).map(|_| thread::spawn(look_up)).collect();
        for thread in threads {
            let addresses = thread.join().unwrap();
            assert!(!addresses.is_empty());
            for address in addresses {
                assert!(address.ip().is_loopback() && address.port() == 80);
            }
        }
    }

    #[coro::test(timeout = 60)]
    fn a_look_up_that_is_killed_leaves_nothing_behind() {
        for when_parked in [false, true] {
            let victim = thread::spawn(move || {
                coro::__private::kill_at_suspension(1, when_parked);
                let found = "localhost:80".to_socket_addrs().map(Iterator::count);
                thread::yield_now();
                thread::yield_now();
                found.unwrap()
            });
            // The answer may be faster than the message that kills.
            match victim.join() {
                Ok(count) => assert!(when_parked && count > 0),
                Err(error) => assert!(error.is_killed()),
            }
        }
    }

    #[coro::test]
    fn addresses_that_make_no_sense_are_refused_with_what_to_write() {
        for (text, problem) in
            [("localhost", "has no port"), ("localhost:http", "has no port from")]
        {
            let error = TcpStream::connect(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}

mod conversions {
    use super::*;

    #[test]
    fn a_stream_becomes_std_s_and_back_with_its_limits() {
        let (one, other) = sockets::std_pair().unwrap();
        one.set_read_timeout(Some(MILLISECOND * 8)).unwrap();
        let one = TcpStream::from(one);
        assert_eq!(one.read_timeout().unwrap(), Some(MILLISECOND * 8));
        one.set_write_timeout(Some(HOUR)).unwrap();
        let mut one = net::TcpStream::from(one);
        assert_eq!(one.read_timeout().unwrap(), Some(MILLISECOND * 8));
        assert_eq!(one.write_timeout().unwrap(), Some(HOUR));
        // It blocks again, for as long as the limit says.
        assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(other);
        assert_eq!(one.read(&mut [0]).unwrap(), 0);
    }

    #[coro::test]
    fn a_registered_stream_leaves_its_loop() {
        let (one, other) = sockets::pair().unwrap();
        assert!(coro::timeout(MILLISECOND, || (&one).read(&mut [0]).map_err(drop)).is_err());
        let mut one = net::TcpStream::from(one);
        assert!(!coro::__private::leftovers().contains("file descriptors"));
        (&other).write_all(&[7]).unwrap();
        let mut byte = [0];
        one.read_exact(&mut byte).unwrap();
        assert_eq!(byte, [7]);
    }

    #[coro::test(timeout = 60)]
    fn a_descriptor_made_blocking_through_a_clone_does_not_block_the_loop() {
        let (one, other) = sockets::pair().unwrap();
        let blocking = net::TcpStream::from(one.try_clone().unwrap());
        let (listener, address) = listener();
        let blocking_listener = net::TcpListener::from(listener.try_clone().unwrap());
        let reader = spawn("reader", move || (&one).read(&mut [0; 8]).unwrap());
        watch::until_parked("reader", SOCKET);
        let acceptor = spawn("acceptor", move || listener.accept().map(drop).unwrap());
        watch::until_parked("acceptor", SOCKET);
        (&other).write_all(b"x").unwrap();
        let _client = net::TcpStream::connect(address).unwrap();
        assert_eq!(reader.join().unwrap(), 1);
        acceptor.join().unwrap();
        drop((blocking, blocking_listener));
    }

    #[test]
    fn a_socket_outside_any_loop_blocks_its_os_thread() {
        let (listener, address) = listener();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            io::copy(&mut &stream, &mut &stream).unwrap()
        });
        let stream = TcpStream::connect(address).unwrap();
        let sent = vec![7; sockets::MORE_THAN_FITS];
        let writer = stream.try_clone().unwrap();
        let writer = std::thread::spawn(move || {
            (&writer).write_all(&vec![7; sockets::MORE_THAN_FITS]).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut received = Vec::new();
        (&stream).read_to_end(&mut received).unwrap();
        assert!(received == sent);
        writer.join().unwrap();
        assert_eq!(server.join().unwrap(), sent.len() as u64);
    }
}
