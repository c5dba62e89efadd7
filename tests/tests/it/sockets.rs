//! TCP: several users of one socket, ends and resets, limits, conversions; descriptors of all sockets.

use std::cell::Cell;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{self, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use coro::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs};
use coro::sync::Arc;
use coro::thread;
use coro_tests::sockets;

use crate::support::both::{same_on_both, tell};
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
        let before = if state == Reader::Parked { SOCKET } else { "an unpark" };
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
        one.set_read_timeout(None).unwrap();
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

mod like_std {
    use super::*;

    same_on_both!(would_block => {
        let listener = net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let clone = listener.try_clone().unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut told = vec![
            tell(clone.accept().map(drop)),
            tell(clone.incoming().next().unwrap().map(drop)),
        ];
        let client = net::TcpStream::connect(address).unwrap();
        clone.set_nonblocking(false).unwrap();
        let (connection, _) = listener.accept().unwrap();
        let other = client.try_clone().unwrap();
        client.set_nonblocking(true).unwrap();
        told.extend([
            tell((&client).read(&mut [0; 4])),
            tell(other.peek(&mut [0; 4])),
            tell((&other).read_vectored(&mut [IoSliceMut::new(&mut [0; 4])])),
        ]);
        let full = (0..10_000).find_map(|_| (&client).write(&[7; 65_536]).err()).unwrap();
        told.push(format!("{:?}", full.kind()));
        other.set_nonblocking(false).unwrap();
        // An accepted connection does not inherit the mode, and the clone that was freed of it waits again.
        let answer = thread::spawn(move || {
            (&connection).read_exact(&mut [0; 4]).unwrap();
            (&connection).write_all(b"back").unwrap();
            connection
        });
        let mut buffer = [0; 4];
        told.push(tell((&client).read_exact(&mut buffer)));
        told.push(format!("{buffer:?}"));
        drop(answer.join().unwrap());
        told
    });

    same_on_both!(options => {
        let listener = net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        #[allow(deprecated, reason = "std has them")]
        let only_v6 = {
            let v6 = net::TcpListener::bind("[::1]:0").unwrap();
            let late = v6.set_only_v6(true).map_err(|error| error.kind().into());
            [tell(v6.only_v6()), tell(late), tell(listener.only_v6().map_err(|_| ErrorKind::Other.into()))]
        };
        let mut told = only_v6.to_vec();
        client.set_nodelay(true).unwrap();
        client.set_ttl(5).unwrap();
        let clone = client.try_clone().unwrap();
        told.extend([tell(clone.nodelay()), tell(clone.ttl()), tell(listener.ttl())]);
        told.push(tell(clone.take_error().map(|error| error.is_none())));
        told.push(tell(clone.set_write_timeout(Some(Duration::ZERO))));
        told.push(tell(net::TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], 1)), Duration::ZERO).map(drop)));
        told
    });

    same_on_both!(names_of_addresses => {
        let listener = net::TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ip = listener.local_addr().unwrap().ip();
        let several = [SocketAddr::from(([127, 0, 0, 1], 1)), SocketAddr::new(ip, port)];
        let dial = |outcome: io::Result<net::TcpStream>| tell(outcome.map(|stream| stream.peer_addr().unwrap().port() == port));
        vec![
            dial(net::TcpStream::connect((ip, port))),
            dial(net::TcpStream::connect(("localhost", port))),
            dial(net::TcpStream::connect((String::from("localhost"), port))),
            dial(net::TcpStream::connect(format!("localhost:{port}"))),
            dial(net::TcpStream::connect(format!("{ip}:{port}").as_str())),
            dial(net::TcpStream::connect(&several[..])),
            dial(net::TcpStream::connect(SocketAddr::new(ip, port))),
            dial(net::TcpStream::connect(&several[..0])),
            dial(net::TcpStream::connect("no port")),
            dial(net::TcpStream::connect("localhost:port")),
        ]
    });
}

mod descriptors {
    use std::io::BufRead;
    use std::os::fd::{AsFd, OwnedFd};
    use std::process::{Command, Stdio};

    use coro::net::{Socket, UdpSocket, UnixDatagram, UnixListener, UnixStream};
    use coro_tests::children::Running;
    use rustix::fs::{OFlags, fcntl_getfl};

    use super::*;

    fn is_blocking(fd: impl AsFd) -> bool {
        !fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK)
    }

    /// Lets a socket leave as a descriptor and come back, in both modes.
    fn round_trip<S: AsFd + Into<OwnedFd> + From<OwnedFd>>(
        socket: S,
        set_nonblocking: fn(&S, bool) -> io::Result<()>,
    ) {
        assert!(!is_blocking(&socket));
        let fd: OwnedFd = socket.into();
        assert!(is_blocking(&fd), "it is as std's socket would be");
        let socket = S::from(fd);
        assert!(!is_blocking(&socket));
        set_nonblocking(&socket, true).unwrap();
        let fd: OwnedFd = socket.into();
        assert!(!is_blocking(&fd), "would-block mode leaves with the socket");
        let socket = S::from(fd);
        set_nonblocking(&socket, false).unwrap();
        assert!(!is_blocking(&socket), "the mode is none of the system's business");
    }

    #[test]
    fn every_socket_leaves_and_comes_back() {
        let (listener, address) = listener();
        round_trip(TcpStream::connect(address).unwrap(), TcpStream::set_nonblocking);
        round_trip(listener, TcpListener::set_nonblocking);
        round_trip(UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::set_nonblocking);
        round_trip(UnixListener::bind("").unwrap(), UnixListener::set_nonblocking);
        round_trip(UnixDatagram::unbound().unwrap(), UnixDatagram::set_nonblocking);
        round_trip(UnixStream::pair().unwrap().0, UnixStream::set_nonblocking);
        round_trip(Socket::from(UnixStream::pair().unwrap().0), Socket::set_nonblocking);
    }

    #[coro::test(timeout = 60)]
    fn what_comes_back_parks_and_keeps_its_timeouts() {
        let (one, other) = UnixStream::pair().unwrap();
        one.set_read_timeout(Some(HOUR)).unwrap();
        one.set_write_timeout(Some(HOUR * 2)).unwrap();
        one.set_nonblocking(true).unwrap();
        let one = UnixStream::from(OwnedFd::from(one));
        assert_eq!(one.read_timeout().unwrap(), Some(HOUR));
        assert_eq!(one.write_timeout().unwrap(), Some(HOUR * 2));
        let reader = spawn("reader", move || (&one).read(&mut [0; 8]).unwrap());
        watch::until_parked("reader", SOCKET);
        (&other).write_all(b"abc").unwrap();
        assert_eq!(reader.join().unwrap(), 3);
    }

    #[coro::test(timeout = 60)]
    fn a_type_of_our_own_keeps_the_mode_and_its_clones() {
        let (listener, address) = listener();
        let clone = listener.try_clone().unwrap();
        let listener = Socket::from(listener);
        listener.set_nonblocking(true).unwrap();
        assert_eq!(clone.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        let _client = TcpStream::connect(address).unwrap();
        let listener = TcpListener::from(listener);
        clone.accept().unwrap();
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[coro::test(timeout = 60)]
    fn clones_go_on_parking_when_one_has_left() {
        let (one, other) = UnixStream::pair().unwrap();
        let left = OwnedFd::from(one.try_clone().unwrap());
        assert!(is_blocking(&left));
        let reader = spawn("reader", move || (&one).read(&mut [0; 8]).unwrap());
        watch::until_parked("reader", SOCKET);
        (&other).write_all(b"abc").unwrap();
        assert_eq!(reader.join().unwrap(), 3);
    }

    #[test]
    fn connecting_datagrams_leaves_a_duplicate_blocking() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let left = OwnedFd::from(socket.try_clone().unwrap());
        socket.connect(socket.local_addr().unwrap()).unwrap();
        assert!(is_blocking(&left));
    }

    /// Lets `cat` have one end of a pair as its standard input and speaks with it.
    fn speak_with_cat(stdin: impl Into<OwnedFd>, mut speaker: impl Write) {
        let command = &mut Command::new("cat");
        command.stdin(Stdio::from(stdin.into())).stdout(Stdio::piped());
        let mut child = Running::start(command);
        let mut echo = io::BufReader::new(child.stdout());
        for line in ["hello\n", "again\n"] {
            // After the first answer it reads from an empty socket, which only a blocking one allows.
            speaker.write_all(line.as_bytes()).unwrap();
            let mut answer = String::new();
            echo.read_line(&mut answer).unwrap();
            assert_eq!(answer, line);
        }
        drop(speaker);
        assert!(child.wait().success());
    }

    #[coro::test]
    fn a_child_reads_from_a_blocking_standard_input() {
        let (one, other) = UnixStream::pair().unwrap();
        speak_with_cat(one, other);
        let (one, other) = sockets::pair().unwrap();
        speak_with_cat(one, other);
        let (one, other) = UnixStream::pair().unwrap();
        speak_with_cat(Socket::from(one), other);
    }
}

mod would_block {
    use coro::net::{Domain, Type, make_socket};
    use coro_tests::process;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::*;
    use crate::support::child;

    #[coro::test(timeout = 60)]
    fn a_connection_is_only_begun() {
        let listener = tight_listener();
        let address = listener.local_addr().unwrap();
        let _filler = net::TcpStream::connect(address).unwrap();
        let client = make_socket(Domain::IPV4, Type::STREAM).unwrap();
        client.set_nonblocking(true).unwrap();
        let begun = client.connect(&address.into()).unwrap_err();
        assert_eq!(begun.raw_os_error(), Some(rustix::io::Errno::INPROGRESS.raw_os_error()));
        let again = client.connect(&address.into()).unwrap_err();
        assert_eq!(again.raw_os_error(), Some(rustix::io::Errno::ALREADY.raw_os_error()));
        listener.accept().unwrap();
        client.wait_for_write(None).unwrap(); // a wait that is asked for parks all the same
        client.send(b"x").unwrap();
        assert_eq!((&listener.accept().unwrap().0).read(&mut [0; 8]).unwrap(), 1);
    }

    #[coro::test(timeout = 60)]
    fn who_waits_already_goes_on_waiting() {
        let (one, other) = sockets::pair().unwrap();
        let one = Rc::new(one);
        let reader = spawn("reader", {
            let one = one.clone();
            move || (&*one).read(&mut [0; 8]).unwrap()
        });
        watch::until_parked("reader", SOCKET);
        one.set_nonblocking(true).unwrap();
        assert_eq!((&*one).read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(!reader.is_finished());
        (&other).write_all(b"abc").unwrap();
        assert_eq!(reader.join().unwrap(), 3);
    }

    #[coro::test(timeout = 60)]
    fn no_edge_is_lost_between_the_modes() {
        let (one, other) = sockets::pair().unwrap();
        for round in 0..100_u8 {
            let polls = round % 2 == 0;
            one.set_nonblocking(polls).unwrap();
            if round % 3 == 0 {
                // What is found missing in one mode is waited for in the other.
                let error = one.try_clone().and_then(|clone| {
                    clone.set_nonblocking(true)?;
                    (&clone).read(&mut [0; 8])
                });
                assert_eq!(error.unwrap_err().kind(), ErrorKind::WouldBlock);
                one.set_nonblocking(polls).unwrap();
            }
            (&other).write_all(&[round]).unwrap();
            if polls {
                one.wait_for_read(None).unwrap();
            }
            let mut buffer = [0; 8];
            assert_eq!((&one).read(&mut buffer).unwrap(), 1);
            assert_eq!(buffer[0], round);
        }
    }

    #[test]
    fn accept_does_not_sit_out_a_shortage() {
        let ended = child::run(|| {
            let maximum = getrlimit(Resource::Nofile).maximum;
            let current = Some(process::open_fds() as u64 + 64);
            setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
            coro::run(|| {
                let (listener, address) = listener();
                listener.set_nonblocking(true).unwrap();
                let client = TcpStream::connect(address).unwrap();
                let file = std::fs::File::open("/dev/null").unwrap();
                let hoard: Vec<_> = std::iter::from_fn(|| file.try_clone().ok()).collect();
                let error = listener.accept().unwrap_err();
                drop(hoard);
                assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));
                assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
            });
        });
        ended.expect_success();
    }
}
