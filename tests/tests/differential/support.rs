//! Running programs and comparing what they say.

use std::net::{Ipv4Addr, SocketAddr};
use std::panic;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use socket2::{Domain, Type};

/// A name, and what writes the transcript.
pub(crate) type Program = (&'static str, fn(&mut String));

/// Longer than any program takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Compares two compilations of the same programs; `theirs` runs on OS threads, and `ours` with `run`.
pub(crate) fn same(theirs: &[Program], ours: &[Program], run: fn(fn(&mut String)) -> String) {
    same_after(str::to_owned, theirs, ours, run);
}

/// As [`same`], after `clean` has taken from the transcripts what does not count.
pub(crate) fn same_after(
    clean: fn(&str) -> String,
    theirs: &[Program],
    ours: &[Program],
    run: fn(fn(&mut String)) -> String,
) {
    assert_eq!(theirs.len(), ours.len(), "they are the same programs");
    let pairs = theirs.iter().zip(ours);
    let differing: Vec<String> = pairs
        .filter_map(|(theirs, ours)| {
            assert_eq!(theirs.0, ours.0, "they are the same programs");
            let expected = clean(&transcript(theirs.0, "without coro", on_os_threads, theirs.1));
            let found = clean(&transcript(ours.0, "with coro", run, ours.1));
            (expected != found).then(|| {
                format!("{}\n--- without coro\n{expected}--- with coro\n{found}", theirs.0)
            })
        })
        .collect();
    assert!(differing.is_empty(), "{} differ: {}", differing.len(), differing.join("\n"));
}

/// Runs a program where no loop is.
pub(crate) fn on_os_threads(program: fn(&mut String)) -> String {
    let mut log = String::new();
    program(&mut log);
    log
}

/// How many orders of the ready threads a program is run in, besides first come, first served.
const SEEDS: u64 = 8;

/// Runs a program as the main thread of a loop, in several orders of the ready threads.
pub(crate) fn in_a_loop(program: fn(&mut String)) -> String {
    let said = coro::run(|| on_os_threads(program));
    for seed in 0..SEEDS {
        let again = coro::Builder::new().seed(seed).run(|| on_os_threads(program));
        assert_eq!(again, said, "it depends on the order, as of seed {seed}");
    }
    said
}

/// What a program says on an OS thread of its own, so that one that hangs is named.
fn transcript(
    name: &str,
    side: &str,
    run: fn(fn(&mut String)) -> String,
    program: fn(&mut String),
) -> String {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        let said = panic::catch_unwind(|| run(program));
        let _ = sender.send(());
        said
    });
    assert!(receiver.recv_timeout(LIMIT).is_ok(), "`{name}` {side} hangs");
    match thread.join().unwrap() {
        Ok(said) => said,
        Err(_) => panic!("`{name}` {side} panicked"),
    }
}

/// A path at which nothing is yet.
pub(crate) fn fresh_path() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("coro-differential-{}-{number}", std::process::id()))
}

/// An address that refuses connections. It is bound, so nobody else gets it, but nobody listens; keep the socket.
pub(crate) fn refusing() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let addr = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, addr)
}

/// The text of a panic's payload.
pub(crate) fn text(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}
