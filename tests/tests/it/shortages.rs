//! What happens when the system says no: no descriptor left, and system calls that fail.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net;
use std::panic::catch_unwind;
use std::time::Duration;

use coro::__private::Faults;
use coro::net::{Shutdown, TcpListener, TcpStream};
use coro::thread;
use coro_tests::process;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::child;

/// The longest pause of `accept` between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Opens files until no more can be had.
fn use_up_descriptors() -> Vec<File> {
    let first = File::open("/dev/null").unwrap();
    let mut files: Vec<_> = std::iter::from_fn(|| first.try_clone().ok()).collect();
    files.push(first);
    files
}

#[test]
fn accept_backs_off_without_descriptors_and_recovers() {
    let ended = child::run(|| {
        let maximum = getrlimit(Resource::Nofile).maximum;
        let current = Some(process::open_fds() as u64 + 64);
        setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
        coro::Builder::new().start_paused(true).run(|| {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let start = coro::time::now();
            let hoard = use_up_descriptors();
            let acceptor = thread::spawn(move || listener.accept().map(|accepted| accepted.1));
            thread::sleep(Duration::from_secs(1));
            assert!(!acceptor.is_finished());
            drop(hoard);
            let peer = acceptor.join().unwrap().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            // 10 + 20 + 40 + 80 ms, and then 100 ms each.
            assert_eq!(coro::time::now() - start, Duration::from_millis(1050));
            assert!(coro::time::now() - start <= Duration::from_secs(1) + LONGEST_PAUSE);
        });
    });
    assert!(ended.success, "{ended:#?}");
}

/// Sends a message through an echo server on the same loop; what fails, fails.
fn echo() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let server = thread::Builder::new().spawn(move || -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept()?;
            let answer = move || io::copy(&mut &stream, &mut &stream).map(drop);
            // The connection is dropped if there is no stack to serve it on.
            let _ = thread::Builder::new().spawn(answer);
        }
    })?;
    let clients: Vec<_> = (0..8)
        .filter_map(|_| thread::Builder::new().spawn(move || exchange(address)).ok())
        .collect();
    for client in clients {
        // Whether it succeeded depends on the faults; that it ends does not.
        let _ = client.join().expect("a fault is an error, not a panic");
    }
    server.kill();
    let _ = server.join();
    Ok(())
}

fn exchange(address: net::SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    // A byte may be lost with its connection; nobody waits for it for ever.
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    stream.write_all(b"message")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    assert!(b"message".starts_with(&answer), "{answer:?}");
    Ok(())
}

#[test]
fn faults_are_errors_and_nothing_worse() {
    let ended = child::run(|| {
        let files = process::open_fds();
        let mut injected = 0;
        for seed in 0..500 {
            let faults = Faults::arm(seed, 5 + seed % 20);
            // Without a poller there is no loop, and `run` panics.
            let outcome = catch_unwind(|| coro::run(echo));
            injected += faults.injected();
            if let Err(payload) = outcome {
                let text = payload.downcast_ref::<String>().unwrap();
                assert!(text.starts_with("cannot make a loop"), "{text}");
            }
        }
        assert!(injected > 1000, "{injected} faults");
        assert_eq!(process::open_fds(), files);
    });
    assert!(ended.success, "{ended:#?}");
}
