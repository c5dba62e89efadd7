//! Unix sockets: the same as std's, names, full queues, several users of one socket, kills, would-block mode.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use coro::net::{Shutdown, UnixDatagram, UnixListener, UnixStream};
use coro::os::unix::net::SocketAddr;
use coro::thread;

use crate::support::both::{same_on_both, tell};
use crate::support::sites::SOCKET;
use crate::support::{HOUR, MILLISECOND, watch};

/// Spawns a named thread.
fn spawn<T: 'static>(name: &str, f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

/// A path that nobody else uses; the file goes when this is dropped.
struct TemporaryPath(PathBuf);

impl TemporaryPath {
    fn new() -> TemporaryPath {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("coro-it-unix-{}-{count}", std::process::id());
        TemporaryPath(std::env::temp_dir().join(name))
    }
}

impl Drop for TemporaryPath {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An abstract name that nobody else uses.
fn abstract_name() -> SocketAddr {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    SocketAddr::from_abstract_name(format!("coro-it-{}-{count}", std::process::id())).unwrap()
}

/// A listener, and the name to connect to.
fn listener() -> (UnixListener, SocketAddr) {
    let name = abstract_name();
    (UnixListener::bind_addr(&name).unwrap(), name)
}

/// A listener with room for one connection, which is taken.
fn full_listener() -> (UnixListener, SocketAddr, UnixStream) {
    let name = abstract_name();
    let socket = coro::net::make_socket(coro::net::Domain::UNIX, coro::net::Type::STREAM).unwrap();
    let text = [&[0], name.as_abstract_name().unwrap()].concat();
    let text = String::from_utf8(text).unwrap();
    socket.bind(&coro::net::SockAddr::unix(text).unwrap()).unwrap();
    socket.listen(0).unwrap();
    let filler = UnixStream::connect_addr(&name).unwrap();
    (UnixListener::from(socket), name, filler)
}

/// Sends to the peer until there is no more room, and says how many datagrams it was.
fn fill(sender: &UnixDatagram) -> usize {
    sender.set_nonblocking(true).unwrap();
    let count = std::iter::from_fn(|| sender.send(&[7; 64]).ok()).count();
    sender.set_nonblocking(false).unwrap();
    count
}

mod like_std {
    use super::*;

    same_on_both!(streams => {
        let path = TemporaryPath::new();
        let listener = unix::UnixListener::bind(&path.0).unwrap();
        let mut told = vec![
            format!("{}", listener.local_addr().unwrap().as_pathname() == Some(path.0.as_path())),
            tell(unix::UnixListener::bind(&path.0).map(drop)),
        ];
        let client = thread::spawn({
            let path = path.0.clone();
            move || {
                let mut client = unix::UnixStream::connect(&path).unwrap();
                client.write_all(b"hello").unwrap();
                client.shutdown(Shutdown::Write).unwrap();
                let mut answer = String::new();
                client.read_to_string(&mut answer).unwrap();
                let peer = client.peer_addr().unwrap();
                format!("{answer} {}", peer.as_pathname() == Some(path.as_path()))
            }
        });
        let (mut connection, peer) = listener.accept().unwrap();
        told.push(format!("{peer:?} {:?}", connection.peer_addr().unwrap()));
        told.push(tell(connection.take_error().map(|error| error.is_none())));
        let mut text = String::new();
        connection.read_to_string(&mut text).unwrap();
        let parts = [IoSlice::new(text.as_bytes()), IoSlice::new(b", "), IoSlice::new(b"you")];
        told.push(tell(connection.write_vectored(&parts)));
        drop(connection);
        told.push(client.join().unwrap());
        told.push(format!("{:?}", listener.incoming().size_hint()));
        let named = (&listener).into_iter();
        told.push(format!("{:?}", named.size_hint()));
        drop(listener);
        told.push(tell(unix::UnixStream::connect(&path.0).map(drop)));
        told
    });

    same_on_both!(pairs => {
        let (one, other) = unix::UnixStream::pair().unwrap();
        let mut told = vec![
            format!("{:?} {:?}", one.local_addr().unwrap(), one.peer_addr().unwrap()),
            tell((&one).write(b"abcdef")),
        ];
        let (mut first, mut second) = ([0; 1], [0; 8]);
        let mut parts = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        told.push(tell((&other).read_vectored(&mut parts)));
        told.push(format!("{first:?} {second:?}"));
        other.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        told.push(tell((&other).read(&mut first)));
        told.push(tell(other.set_read_timeout(Some(Duration::ZERO))));
        told.push(tell(other.try_clone().unwrap().read_timeout()));
        drop(one);
        told.push(tell((&other).read(&mut first)));
        told.push(tell((&other).write(b"x")));
        told
    });

    same_on_both!(datagrams => {
        let (path, other_path) = (TemporaryPath::new(), TemporaryPath::new());
        let receiver = unix::UnixDatagram::bind(&path.0).unwrap();
        let named = unix::UnixDatagram::bind(&other_path.0).unwrap();
        let unnamed = unix::UnixDatagram::unbound().unwrap();
        let mut told = vec![
            tell(unnamed.send_to(b"one", &path.0)),
            tell(named.send_to(b"two!", &path.0)),
            tell(unnamed.local_addr()),
            tell(unnamed.peer_addr().map(drop)),
            tell(unnamed.send(b"to nobody").map_err(|error| error.kind().into())),
        ];
        let mut buffer = [0; 3];
        told.push(tell(receiver.recv_from(&mut buffer)));
        let (count, from) = receiver.recv_from(&mut buffer).unwrap();
        told.push(format!("{count} {}", from.as_pathname() == Some(other_path.0.as_path())));
        unnamed.connect(&path.0).unwrap();
        told.push(tell(unnamed.peer_addr().map(|peer| peer.as_pathname().is_some())));
        told.push(tell(unnamed.send(b"")));
        told.push(tell(receiver.recv(&mut buffer)));
        told.push(tell(named.send_to_addr(b"abc", &receiver.local_addr().unwrap())));
        told.push(tell(receiver.recv(&mut buffer)));
        receiver.set_nonblocking(true).unwrap();
        told.push(tell(receiver.recv(&mut buffer)));
        told.push(tell(receiver.recv_from(&mut buffer)));
        receiver.shutdown(Shutdown::Both).unwrap();
        told.push(tell(receiver.recv(&mut buffer)));
        told.push(tell(unnamed.send(b"late")));
        drop(receiver);
        told.push(tell(named.send_to(b"later", &path.0)));
        told
    });

    same_on_both!(names => {
        let name = abstract_name();
        let listener = unix::UnixListener::bind_addr(&name).unwrap();
        let shows = |address: &SocketAddr| address.as_abstract_name() == name.as_abstract_name();
        let client = unix::UnixStream::connect_addr(&name).unwrap();
        let automatic = unix::UnixDatagram::bind("").unwrap().local_addr().unwrap();
        let with_zeros = format!("coro\0it\0{}", std::process::id());
        let with_zeros = SocketAddr::from_abstract_name(with_zeros).unwrap();
        let datagram = unix::UnixDatagram::bind_addr(&with_zeros).unwrap();
        let sender = unix::UnixDatagram::unbound().unwrap();
        sender.connect_addr(&with_zeros).unwrap();
        sender.send(b"x").unwrap();
        let told = vec![
            format!("{} {}", shows(&listener.local_addr().unwrap()), shows(&client.peer_addr().unwrap())),
            tell(unix::UnixListener::bind_addr(&name).map(drop)),
            format!("{:?}", automatic.as_abstract_name().map(<[u8]>::len)),
            tell(datagram.local_addr()),
            tell(datagram.recv_from(&mut [0; 8])),
            tell(unix::UnixStream::connect_addr(&abstract_name()).map(drop)),
            tell(unix::UnixStream::connect("a\0b").map(drop).map_err(|error| io::Error::new(error.kind(), error))),
            tell(unix::UnixListener::bind("x".repeat(200)).map(drop)),
            tell(unix::UnixDatagram::bind("missing-folder/name").map(drop)),
            tell(unix::UnixDatagram::unbound().unwrap().connect("missing-folder/name")),
        ];
        told
    });

    same_on_both!(would_block => {
        let name = abstract_name();
        let listener = unix::UnixListener::bind_addr(&name).unwrap();
        let clone = listener.try_clone().unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut told = vec![tell(clone.accept().map(drop)), tell(clone.incoming().next().unwrap().map(drop))];
        let client = unix::UnixStream::connect_addr(&name).unwrap();
        let (connection, _) = clone.accept().unwrap();
        client.set_nonblocking(true).unwrap();
        told.push(tell((&client).read(&mut [0; 4])));
        let full = (0..10_000).find_map(|_| (&client).write(&[7; 4096]).err()).unwrap();
        told.push(format!("{:?}", full.kind()));
        // An accepted connection does not inherit the mode.
        let reader = thread::spawn(move || (&connection).read(&mut [0; 4]));
        told.push(tell(reader.join().unwrap()));
        told
    });

    #[test]
    fn they_look_alike() {
        let number = |text: String| text.replace("FileDesc(OwnedFd { fd: ", "").replace(" })", "");
        let (stream, other) = UnixStream::pair().unwrap();
        let text = format!("{stream:?}");
        assert_eq!(text, number(format!("{:?}", std::os::unix::net::UnixStream::from(stream))));
        let (listener, _) = listener();
        let text = format!("{listener:?}");
        assert_eq!(text, number(format!("{:?}", std::os::unix::net::UnixListener::from(listener))));
        let datagram = UnixDatagram::unbound().unwrap();
        let text = format!("{datagram:?}");
        assert_eq!(text, number(format!("{:?}", std::os::unix::net::UnixDatagram::from(datagram))));
        drop(other);
    }

    #[test]
    fn they_may_go_where_stds_may() {
        fn check<T: Send + Sync + Unpin + std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
        check::<UnixStream>();
        check::<UnixListener>();
        check::<UnixDatagram>();
        check::<coro::os::unix::net::Incoming<'_>>();
        check::<coro::net::UdpSocket>();
        check::<coro::net::TcpStream>();
        check::<coro::net::TcpListener>();
        check::<coro::net::Incoming<'_>>();
    }
}

mod full_queues {
    use super::*;

    #[coro::test(timeout = 60)]
    fn a_connection_waits_for_room() {
        let (listener, name, _filler) = full_listener();
        let killed = spawn("killed", {
            let name = name.clone();
            move || UnixStream::connect_addr(&name).map(drop).unwrap()
        });
        let client = spawn("client", move || {
            UnixStream::connect_addr(&name).unwrap().write_all(b"x").unwrap();
        });
        watch::until_parked("killed", SOCKET);
        watch::until_parked("client", SOCKET);
        killed.kill();
        assert!(killed.join().unwrap_err().is_killed());
        listener.accept().unwrap();
        let (connection, _) = listener.accept().unwrap();
        assert_eq!((&connection).read(&mut [0; 8]).unwrap(), 1);
        client.join().unwrap();
        listener.set_nonblocking(true).unwrap();
        let nobody = listener.accept().unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::WouldBlock, "the killed thread left a connection");
    }

    #[test]
    fn outside_any_loop_a_connection_waits_too() {
        let (listener, name, _filler) = full_listener();
        let client = std::thread::spawn(move || {
            UnixStream::connect_addr(&name).unwrap().write_all(b"x").unwrap();
        });
        listener.accept().unwrap();
        let (connection, _) = listener.accept().unwrap();
        assert_eq!((&connection).read(&mut [0; 8]).unwrap(), 1);
        client.join().unwrap();
    }

    /// A sender waits at a full queue, by `send`, until somebody receives.
    fn wait_for_room(send: fn(&UnixDatagram, &SocketAddr) -> io::Result<usize>) {
        let name = abstract_name();
        let receiver = UnixDatagram::bind_addr(&name).unwrap();
        let filler = UnixDatagram::unbound().unwrap();
        filler.connect_addr(&name).unwrap();
        let count = fill(&filler);
        assert!(count > 0);
        let sender = spawn("sender", move || {
            let sender = UnixDatagram::unbound().unwrap();
            sender.connect_addr(&name).unwrap();
            send(&sender, &name).unwrap()
        });
        watch::until_parked("sender", SOCKET);
        for _ in 0..count {
            assert_eq!(receiver.recv(&mut [0; 64]).unwrap(), 64);
        }
        assert_eq!(receiver.recv(&mut [0; 64]).unwrap(), 4);
        assert_eq!(sender.join().unwrap(), 4);
    }

    #[coro::test(timeout = 60)]
    fn a_datagram_waits_for_room() {
        wait_for_room(|sender, _| sender.send(b"last"));
        wait_for_room(|sender, name| sender.send_to_addr(b"last", name));
    }

    #[coro::test(start_paused)]
    fn what_takes_too_long_would_block() {
        let (one, _other) = UnixDatagram::pair().unwrap();
        fill(&one);
        one.set_write_timeout(Some(HOUR)).unwrap();
        let start = coro::time::now();
        assert_eq!(one.send(b"x").unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(coro::time::now() - start, HOUR);
        one.set_read_timeout(Some(HOUR)).unwrap();
        assert_eq!(one.recv_from(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(coro::time::now() - start, HOUR * 2);
    }
}

mod sharing {
    use super::*;

    #[coro::test(seeds = 100, timeout = 60)]
    fn datagrams_keep_their_order_and_bounds() {
        let (one, other) = UnixDatagram::pair().unwrap();
        let sender = thread::spawn(move || {
            for length in 0..100 {
                one.send(&vec![7; length]).unwrap();
            }
        });
        let receiver = thread::spawn(move || {
            for length in 0..100 {
                assert_eq!(other.recv(&mut [0; 200]).unwrap(), length);
            }
        });
        sender.join().unwrap();
        receiver.join().unwrap();
    }

    #[coro::test(seeds = 100, timeout = 60)]
    fn each_connection_goes_to_one_acceptor() {
        let (listener, name) = listener();
        let listener = Rc::new(listener);
        let acceptors: Vec<_> = (0..4)
            .map(|_| {
                let listener = listener.clone();
                thread::spawn(move || {
                    let (connection, _) = listener.accept().unwrap();
                    let mut byte = [0];
                    (&connection).read_exact(&mut byte).unwrap();
                    byte[0]
                })
            })
            .collect();
        for number in 0..4 {
            let name = name.clone();
            thread::spawn(move || {
                UnixStream::connect_addr(&name).unwrap().write_all(&[number]).unwrap();
            });
        }
        let mut seen: Vec<_> = acceptors.into_iter().map(|each| each.join().unwrap()).collect();
        seen.sort();
        assert_eq!(seen, [0, 1, 2, 3]);
    }

    /// Sends back what comes until the stream ends.
    fn echo(stream: &UnixStream) -> u64 {
        io::copy(&mut &*stream, &mut &*stream).unwrap()
    }

    #[test]
    fn two_loops_and_two_os_threads_accept_from_one() {
        let (listener, name) = listener();
        let listener = Arc::new(listener);
        let servers: Vec<_> = (0..4)
            .map(|number| {
                let listener = listener.clone();
                let serve = move || {
                    let connections = (0..5).map(|_| listener.accept().unwrap().0);
                    connections.map(|connection| echo(&connection)).sum::<u64>()
                };
                std::thread::spawn(move || if number < 2 { coro::run(serve) } else { serve() })
            })
            .collect();
        let clients: Vec<_> = (0..20)
            .map(|number: usize| {
                let name = name.clone();
                std::thread::spawn(move || {
                    let mut stream = UnixStream::connect_addr(&name).unwrap();
                    stream.write_all(&vec![7; number]).unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).unwrap();
                    assert_eq!(answer.len(), number);
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        let sum: u64 = servers.into_iter().map(|server| server.join().unwrap()).sum();
        assert_eq!(sum, (0..20).sum::<u64>());
    }

    #[coro::test(timeout = 60)]
    fn a_shutdown_wakes_who_waits() {
        let (stream, _other) = UnixStream::pair().unwrap();
        let stream = Arc::new(stream);
        let reader = spawn("reader", {
            let stream = stream.clone();
            move || (&*stream).read(&mut [0; 8]).unwrap()
        });
        let (datagram, _other_datagram) = UnixDatagram::pair().unwrap();
        let datagram = Arc::new(datagram);
        let receiver = spawn("receiver", {
            let datagram = datagram.clone();
            move || datagram.recv(&mut [0; 8]).unwrap()
        });
        watch::until_parked("reader", SOCKET);
        watch::until_parked("receiver", SOCKET);
        stream.shutdown(Shutdown::Both).unwrap();
        datagram.shutdown(Shutdown::Both).unwrap();
        drop((stream, datagram));
        assert_eq!((reader.join().unwrap(), receiver.join().unwrap()), (0, 0));
    }
}

#[test]
fn outside_any_loop_a_shutdown_wakes_who_waits_for_datagrams() {
    let (datagram, _other) = UnixDatagram::pair().unwrap();
    let clone = datagram.try_clone().unwrap();
    let receiver = std::thread::spawn(move || {
        let first = clone.recv_from(&mut [0; 8]).unwrap();
        (first.0, first.1.is_unnamed(), clone.recv(&mut [0; 8]).unwrap())
    });
    datagram.shutdown(Shutdown::Read).unwrap();
    assert_eq!(receiver.join().unwrap(), (0, true, 0));
    datagram.set_nonblocking(true).unwrap();
    let error = datagram.recv(&mut [0; 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock, "as std's");
}

#[test]
fn a_shutdown_through_somebody_elses_handle_ends_a_receiver() {
    let program = || {
        let (one, other) = UnixDatagram::pair().unwrap();
        let foreign: std::os::unix::net::UnixDatagram =
            one.as_fd().try_clone_to_owned().unwrap().into();
        other.send(b"hello").unwrap();
        foreign.shutdown(Shutdown::Read).unwrap();
        let buffer = &mut [0; 8];
        // What came before goes first, and the end stays.
        assert_eq!(one.recv(buffer).unwrap(), 5);
        assert_eq!(one.recv(buffer).unwrap(), 0);
        let (count, address) = one.recv_from(buffer).unwrap();
        assert!(count == 0 && address.is_unnamed());
    };
    program();
    coro::run(program);
}

#[coro::test(timeout = 60)]
fn somebody_elses_shutdown_wakes_a_receiver_that_had_received_before() {
    let (one, other) = UnixDatagram::pair().unwrap();
    let foreign: std::os::unix::net::UnixDatagram =
        one.as_fd().try_clone_to_owned().unwrap().into();
    let receiver = thread::Builder::new().name("receiver".into()).spawn(move || {
        let receive = || one.recv(&mut [0; 8]).unwrap();
        [receive(), receive(), receive()]
    });
    watch::until_parked("receiver", SOCKET);
    other.send(b"hello").unwrap();
    watch::until("it has received", || watch::doing("receiver").as_deref() != Some(SOCKET));
    watch::until_parked("receiver", SOCKET);
    foreign.shutdown(Shutdown::Both).unwrap();
    assert_eq!(receiver.unwrap().join().unwrap(), [5, 0, 0]);
}

mod interrupts {
    use super::*;

    /// A place where a visitor takes one thing at a time, and numbers them.
    struct Place {
        take: Box<dyn Fn() -> u8>,
        give: Box<dyn Fn(u8)>,
    }

    fn reading() -> Place {
        let (one, other) = UnixStream::pair().unwrap();
        let take = move || {
            let mut byte = [0];
            (&other).read_exact(&mut byte).unwrap();
            byte[0]
        };
        Place {
            take: Box::new(take),
            give: Box::new(move |number| (&one).write_all(&[number]).unwrap()),
        }
    }

    fn receiving() -> Place {
        let (one, other) = UnixDatagram::pair().unwrap();
        let take = move || {
            let mut byte = [0];
            other.recv_from(&mut byte).unwrap();
            byte[0]
        };
        Place {
            take: Box::new(take),
            give: Box::new(move |number| assert_eq!(one.send(&[number]).unwrap(), 1)),
        }
    }

    fn accepting() -> Place {
        let (listener, name) = listener();
        let take = move || {
            let (connection, _) = listener.accept().unwrap();
            let mut byte = [0];
            // It was sent before the connection was made out of the queue, so nothing is waited for.
            connection.set_nonblocking(true).unwrap();
            (&connection).read_exact(&mut byte).unwrap();
            byte[0]
        };
        let give = move |number| {
            let client = std::os::unix::net::UnixStream::connect_addr(&name).unwrap();
            (&client).write_all(&[number]).unwrap();
        };
        Place { take: Box::new(take), give: Box::new(give) }
    }

    fn kill_at(place: Place, k: u32, when_parked: bool) {
        let Place { take, give } = place;
        let (take, seen) = (Rc::new(take), Rc::new(RefCell::new(Vec::new())));
        let visitor = |name: &str, kill: bool| {
            let (take, seen) = (take.clone(), seen.clone());
            spawn(name, move || {
                if kill {
                    coro::__private::kill_at_suspension(k, when_parked);
                }
                loop {
                    let number = take();
                    seen.borrow_mut().push(number);
                }
            })
        };
        let victim = visitor("victim", true);
        let sent = Cell::new(0_u8);
        let serve = || {
            give(sent.get());
            sent.set(sent.get() + 1);
        };
        while !victim.is_finished() {
            serve();
            watch::until("it is taken, or nobody is left", || {
                seen.borrow().len() == usize::from(sent.get()) || victim.is_finished()
            });
        }
        assert!(victim.join().unwrap_err().is_killed());
        let newcomer = visitor("newcomer", false);
        serve();
        watch::until("all is taken", || seen.borrow().len() == usize::from(sent.get()));
        newcomer.kill();
        assert!(newcomer.join().unwrap_err().is_killed());
        assert_eq!(*seen.borrow(), (0..sent.get()).collect::<Vec<_>>(), "{k} {when_parked}");
    }

    #[coro::test(timeout = 60)]
    fn a_kill_at_any_suspension_loses_nothing() {
        for make in [reading, receiving, accepting] {
            for k in 1..=10 {
                kill_at(make(), k, false);
                kill_at(make(), k, true);
            }
        }
    }

    #[coro::test(timeout = 60)]
    fn a_timeout_ends_the_waits() {
        let (stream, _other) = UnixStream::pair().unwrap();
        let (datagram, _other_datagram) = UnixDatagram::pair().unwrap();
        let (listener, _) = listener();
        let (_full, name, _filler) = full_listener();
        let waits: [&dyn Fn(); 4] = [
            &|| drop((&stream).read(&mut [0; 8])),
            &|| drop(datagram.recv(&mut [0; 8])),
            &|| drop(listener.accept()),
            &|| drop(UnixStream::connect_addr(&name)),
        ];
        for wait in waits {
            assert!(coro::timeout(MILLISECOND, wait).is_err());
        }
    }
}

mod shortages {
    use super::*;
    use crate::support::child;
    use coro::__private::Faults;
    use coro_tests::process;

    fn exchange() -> io::Result<()> {
        let limit = Some(MILLISECOND * 50);
        let listener = UnixListener::bind("")?;
        let name = listener.local_addr()?;
        let server = thread::Builder::new().spawn(move || -> io::Result<()> {
            let (mut connection, _) = coro::timeout(MILLISECOND * 50, || listener.accept())
                .map_err(io::Error::from)??;
            connection.write_all(b"x")
        })?;
        let outcome = UnixStream::connect_addr(&name).and_then(|mut client| {
            client.set_read_timeout(limit)?;
            client.read_exact(&mut [0])
        });
        // Whether the server succeeded depends on the faults; that it ends does not.
        let _ = server.join().expect("a fault is an error, not a panic");
        outcome?;
        let (one, other) = UnixDatagram::pair()?;
        one.send(b"x")?;
        other.set_read_timeout(limit)?;
        other.recv(&mut [0])?;
        let socket = coro::net::UdpSocket::bind(("127.0.0.1", 0))?;
        socket.set_read_timeout(limit)?;
        socket.send_to(b"x", socket.local_addr()?)?;
        socket.recv_from(&mut [0]).map(drop)
    }

    #[test]
    fn faults_are_errors_and_nothing_worse() {
        let ended = child::run(|| {
            let files = process::open_fds();
            let (mut injected, mut failed) = (0, 0);
            for seed in 0..200 {
                let faults = Faults::arm(seed, 5 + seed % 20);
                // Without a poller there is no loop, and `run` panics.
                let outcome =
                    std::panic::catch_unwind(|| coro::run(|| usize::from(exchange().is_err())));
                injected += faults.injected();
                failed += outcome.unwrap_or(0);
            }
            assert!(injected > 100 && failed > 30, "{injected} faults, {failed} failures");
            assert_eq!(process::open_fds(), files);
        });
        ended.expect_success();
    }
}
