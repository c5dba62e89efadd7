//! UDP: the same as std's, several users of one socket, kills, would-block mode.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coro::net::UdpSocket;
use coro::thread;

use crate::support::both::{same_on_both, tell};
use crate::support::sites::SOCKET;
use crate::support::{HOUR, MILLISECOND, watch};

const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// Spawns a named thread.
fn spawn<T: 'static>(name: &str, f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

/// Two sockets and the address of the second.
fn pair() -> (UdpSocket, UdpSocket, SocketAddr) {
    let (one, other) = (UdpSocket::bind(ANY).unwrap(), UdpSocket::bind(ANY).unwrap());
    let address = other.local_addr().unwrap();
    (one, other, address)
}

mod like_std {
    use super::*;

    same_on_both!(exchange => {
        let (one, other) = (net::UdpSocket::bind(ANY).unwrap(), net::UdpSocket::bind(ANY).unwrap());
        let address = other.local_addr().unwrap();
        let mut buffer = [0; 4];
        let mut told = vec![tell(one.send_to(b"to one", address))];
        let (count, from) = other.peek_from(&mut buffer).unwrap();
        told.push(format!("{count} {:?} {}", buffer, from == one.local_addr().unwrap()));
        let (count, from) = other.recv_from(&mut buffer).unwrap();
        told.push(format!("{count} {:?} {}", buffer, from == one.local_addr().unwrap()));
        told.push(tell(other.send_to(b"", from)));
        told.push(tell(one.recv(&mut buffer)));
        other.connect(one.local_addr().unwrap()).unwrap();
        one.connect(("127.0.0.1", address.port())).unwrap();
        told.push(format!("{}", one.peer_addr().unwrap() == address));
        told.push(tell(one.send(b"ab")));
        told.push(tell(other.peek(&mut buffer)));
        told.push(tell(other.recv(&mut buffer)));
        let answer = thread::spawn(move || other.send(b"later"));
        told.push(tell(one.recv(&mut buffer)));
        told.push(tell(answer.join().unwrap()));
        told
    });

    same_on_both!(errors => {
        let socket = net::UdpSocket::bind(ANY).unwrap();
        let taken = socket.local_addr().unwrap();
        let no_address: &[SocketAddr] = &[];
        let several = [taken, SocketAddr::from(ANY)];
        vec![
            tell(net::UdpSocket::bind(taken).map(drop)),
            tell(net::UdpSocket::bind(&several[..]).map(drop)),
            tell(net::UdpSocket::bind("no port").map(drop)),
            tell(net::UdpSocket::bind("127.0.0.1:99999").map(drop)),
            tell(net::UdpSocket::bind(no_address).map(drop)),
            tell(net::UdpSocket::bind("192.0.2.1:0").map(drop)),
            tell(socket.send_to(b"x", no_address)),
            tell(socket.connect(no_address)),
            tell(socket.peer_addr().map(drop)),
            tell(socket.send(b"x").map_err(|error| error.kind().into())),
            tell(socket.send_to(&[0; 70_000], taken).map_err(|error| error.kind().into())),
            tell(socket.set_read_timeout(Some(Duration::ZERO))),
            tell(socket.set_write_timeout(Some(Duration::ZERO))),
            tell(socket.take_error().map(|error| error.is_none())),
            tell(socket.join_multicast_v4(&Ipv4Addr::LOCALHOST, &Ipv4Addr::LOCALHOST)),
            tell(socket.leave_multicast_v4(&Ipv4Addr::new(224, 0, 0, 9), &Ipv4Addr::LOCALHOST)),
            tell(socket.join_multicast_v6(&Ipv6Addr::LOCALHOST, 0).map_err(|_| ErrorKind::Other.into())),
        ]
    });

    same_on_both!(options => {
        let socket = net::UdpSocket::bind(ANY).unwrap();
        let mut told = vec![
            tell(socket.ttl()),
            tell(socket.broadcast()),
            tell(socket.multicast_loop_v4()),
            tell(socket.multicast_ttl_v4()),
            tell(socket.read_timeout()),
            tell(socket.write_timeout()),
        ];
        let clone = socket.try_clone().unwrap();
        socket.set_ttl(7).unwrap();
        socket.set_broadcast(true).unwrap();
        socket.set_multicast_loop_v4(false).unwrap();
        socket.set_multicast_ttl_v4(9).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        socket.set_write_timeout(Some(Duration::from_secs(3))).unwrap();
        told.extend([
            tell(clone.ttl()),
            tell(clone.broadcast()),
            tell(clone.multicast_loop_v4()),
            tell(clone.multicast_ttl_v4()),
            tell(clone.read_timeout()),
            tell(clone.write_timeout()),
        ]);
        let v6 = net::UdpSocket::bind("[::1]:0").unwrap();
        told.push(tell(v6.multicast_loop_v6()));
        v6.set_multicast_loop_v6(false).unwrap();
        told.push(tell(v6.multicast_loop_v6()));
        told
    });

    same_on_both!(would_block => {
        let (one, other) = (net::UdpSocket::bind(ANY).unwrap(), net::UdpSocket::bind(ANY).unwrap());
        let clone = one.try_clone().unwrap();
        one.set_nonblocking(true).unwrap();
        let mut buffer = [0; 8];
        let mut told = vec![
            tell(one.recv(&mut buffer)),
            tell(clone.recv_from(&mut buffer)),
            tell(clone.peek(&mut buffer)),
        ];
        other.send_to(b"x", one.local_addr().unwrap()).unwrap();
        told.push(tell(clone.recv(&mut buffer)));
        told.push(tell(one.recv(&mut buffer)));
        clone.set_nonblocking(false).unwrap();
        one.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        told.push(tell(one.recv(&mut buffer)));
        told
    });

    same_on_both!(nobody_there => {
        let nobody = net::UdpSocket::bind(ANY).unwrap().local_addr().unwrap();
        let socket = net::UdpSocket::bind(ANY).unwrap();
        socket.connect(nobody).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut told = vec![tell(socket.send(b"x"))];
        told.push(tell(socket.recv(&mut [0; 8])));
        // The socket is as good as before.
        socket.connect(socket.local_addr().unwrap()).unwrap();
        told.push(tell(socket.send(b"xyz")));
        told.push(tell(socket.recv(&mut [0; 8])));
        told
    });

    #[test]
    fn it_looks_the_same() {
        let ours = UdpSocket::bind(ANY).unwrap();
        let text = format!("{ours:?}");
        let std = std::net::UdpSocket::from(ours);
        assert_eq!(text, format!("{std:?}"));
    }
}

mod sharing {
    use super::*;

    #[coro::test(seeds = 100, timeout = 60)]
    fn each_client_gets_its_answers() {
        let server = Rc::new(UdpSocket::bind(ANY).unwrap());
        let address = server.local_addr().unwrap();
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let server = server.clone();
                thread::spawn(move || {
                    let mut buffer = [0; 16];
                    loop {
                        let (count, peer) = server.recv_from(&mut buffer).unwrap();
                        server.send_to(&buffer[..count], peer).unwrap();
                    }
                })
            })
            .collect();
        let clients: Vec<_> = (0..5_u8)
            .map(|number| {
                thread::spawn(move || {
                    let client = UdpSocket::bind(ANY).unwrap();
                    client.connect(address).unwrap();
                    for round in 0..4 {
                        client.send(&[number, round]).unwrap();
                        let mut buffer = [0; 16];
                        assert_eq!(client.recv(&mut buffer).unwrap(), 2);
                        assert_eq!(buffer[..2], [number, round]);
                    }
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        for worker in workers {
            worker.kill();
            assert!(worker.join().unwrap_err().is_killed());
        }
    }

    /// Receives numbers until an empty datagram comes.
    fn receive(socket: &UdpSocket) -> Vec<u32> {
        let mut numbers = Vec::new();
        let mut buffer = [0; 4];
        while socket.recv(&mut buffer).unwrap() > 0 {
            numbers.push(u32::from_le_bytes(buffer));
        }
        numbers
    }

    #[test]
    fn two_loops_and_two_os_threads_share_one() {
        const COUNT: u32 = 200;
        let (sender, receiver, address) = pair();
        let receiver = Arc::new(receiver);
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let receiver = receiver.clone();
                std::thread::spawn(move || match number % 2 {
                    0 => receive(&receiver),
                    _ => coro::run(|| thread::spawn(move || receive(&receiver)).join().unwrap()),
                })
            })
            .collect();
        for number in 0..COUNT {
            sender.send_to(&number.to_le_bytes(), address).unwrap();
        }
        for _ in 0..4 {
            sender.send_to(b"", address).unwrap();
        }
        let received: Vec<u32> =
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(received.len(), COUNT as usize);
        let distinct: BTreeSet<u32> = received.into_iter().collect();
        assert_eq!(distinct, (0..COUNT).collect());
    }

    #[coro::test(timeout = 60)]
    fn one_handle_may_go_while_another_thread_waits() {
        let (sender, receiver, address) = pair();
        let receiver = Arc::new(receiver);
        let waiting = spawn("waiting", {
            let receiver = receiver.clone();
            move || receiver.recv(&mut [0; 8]).unwrap()
        });
        watch::until_parked("waiting", SOCKET);
        drop(receiver);
        sender.send_to(b"abc", address).unwrap();
        assert_eq!(waiting.join().unwrap(), 3);
    }
}

mod interrupts {
    use super::*;

    fn receive_with(socket: &UdpSocket, way: usize) -> u8 {
        let mut buffer = [0; 8];
        match way {
            0 => socket.recv(&mut buffer).map(drop).unwrap(),
            1 => socket.recv_from(&mut buffer).map(drop).unwrap(),
            _ => {
                let count = socket.peek(&mut buffer).unwrap();
                assert_eq!(socket.recv(&mut buffer).unwrap(), count);
            }
        }
        buffer[0]
    }

    fn kill_at(k: u32, when_parked: bool, way: usize) {
        let (sender, receiver, address) = pair();
        let (receiver, seen) = (Rc::new(receiver), Rc::new(RefCell::new(Vec::new())));
        let victim = spawn("victim", {
            let (receiver, seen) = (receiver.clone(), seen.clone());
            move || {
                coro::__private::kill_at_suspension(k, when_parked);
                loop {
                    let number = receive_with(&receiver, way);
                    seen.borrow_mut().push(number);
                }
            }
        });
        let mut sent = 0;
        while !victim.is_finished() {
            sender.send_to(&[sent], address).unwrap();
            sent += 1;
            let goal = usize::from(sent);
            watch::until("it is received, or nobody is left", || {
                seen.borrow().len() == goal || victim.is_finished()
            });
        }
        assert!(victim.join().unwrap_err().is_killed());
        receiver.set_nonblocking(true).unwrap();
        let mut buffer = [0; 8];
        while receiver.recv(&mut buffer).is_ok() {
            seen.borrow_mut().push(buffer[0]);
        }
        assert_eq!(*seen.borrow(), (0..sent).collect::<Vec<_>>(), "{k} {when_parked} {way}");
    }

    #[coro::test(timeout = 60)]
    fn a_kill_at_any_suspension_loses_no_datagram() {
        for way in 0..3 {
            for k in 1..=10 {
                kill_at(k, false, way);
                kill_at(k, true, way);
            }
        }
    }

    #[coro::test(start_paused)]
    fn a_limit_counts_by_the_loops_clock() {
        let (_one, other, _) = pair();
        other.set_read_timeout(Some(HOUR)).unwrap();
        let start = coro::time::now();
        assert_eq!(other.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(coro::time::now() - start, HOUR);
        assert!(coro::timeout(MILLISECOND, || other.recv(&mut [0; 8]).map_err(drop)).is_err());
    }
}

#[coro::test(timeout = 60)]
fn polling_in_would_block_mode_lets_others_run() {
    let (one, other, address) = pair();
    other.set_nonblocking(true).unwrap();
    thread::spawn(move || one.send_to(b"x", address).map(drop));
    // No yield: the budget of operations gives way.
    let count = loop {
        match other.recv(&mut [0; 8]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            outcome => break outcome.unwrap(),
        }
    };
    assert_eq!(count, 1);
}
