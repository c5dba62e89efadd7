//! Every call that blocks, behind one trait, so that a test of interrupts is a table.
//!
//! A [`Site`] is a place where threads block until they are served. Serving is exact where the call allows it: as many
//! bytes, connections or notifications as asked for, so that a waiter left behind by an interrupt would take one away
//! from somebody else and be noticed.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{self, SocketAddr};
use std::rc::Rc;

use coro::net::{TcpListener, TcpStream};
use coro::sync::{Condvar, Mutex};
use coro::thread::{self, JoinHandle, Thread};
use coro_tests::sockets;

use super::{HOUR, watch};

/// A place where threads block.
pub(crate) trait Site {
    /// What reports say a thread waits for that blocks here; "ready to run" if it is never parked.
    fn doing(&self) -> &'static str;

    /// Blocks until served.
    fn block(&self);

    /// Lets `count` threads that block here go on.
    fn serve(&self, count: usize);

    /// Ends the threads that help to serve.
    fn finish(&self) {}
}

/// A kind of blocking call.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Whether the test runs on a paused clock: sensible where the kernel takes no part.
    pub(crate) paused: bool,
    pub(crate) make: fn() -> Rc<dyn Site>,
}

/// Every kind of blocking call.
pub(crate) const ROWS: &[Row] = &[
    row("read", false, || Rc::new(ReadSite::new())),
    row("write", false, || Rc::new(WriteSite::new())),
    row("accept", false, || Rc::new(AcceptSite::new())),
    row("connect", false, || Rc::new(ConnectSite::new())),
    row("sleep", true, || Rc::new(SleepSite)),
    row("park", true, || Rc::new(ParkSite::default())),
    row("join", true, || Rc::new(JoinSite::default())),
    row("lock", true, || Rc::new(LockSite::new())),
    row("condvar wait", true, || Rc::new(CondvarSite::new(Limit::None))),
    row("condvar wait_timeout", true, || Rc::new(CondvarSite::new(Limit::Hour))),
    row("cond wait", true, || Rc::new(CondSite::default())),
    row("yield", false, || Rc::new(YieldSite::default())),
    row("scope", true, || Rc::new(ScopeSite::default())),
];

pub(crate) const fn row(name: &'static str, paused: bool, make: fn() -> Rc<dyn Site>) -> Row {
    Row { name, paused, make }
}

/// What reports call a wait for a socket.
pub(crate) const SOCKET: &str = "a file descriptor";

/// Threads that serve, until the site is finished.
#[derive(Default)]
pub(crate) struct Helpers(RefCell<Vec<JoinHandle<()>>>);

impl Helpers {
    pub(crate) fn spawn(&self, f: impl FnOnce() + 'static) {
        let builder = thread::Builder::new().name("helper".into());
        self.0.borrow_mut().push(builder.spawn(f).unwrap());
    }

    fn kill(&self) {
        for helper in self.0.borrow().iter() {
            helper.kill();
        }
    }

    pub(crate) fn finish(&self) {
        self.kill();
        for helper in self.0.take() {
            // It has ended by itself, or is killed now.
            let _ = helper.join();
        }
    }
}

/// Lets everybody through who came before it was opened.
#[derive(Default)]
pub(crate) struct Gate {
    opened: Cell<usize>,
    waiters: coro::Cond<()>,
}

impl Gate {
    /// What [`pass`](Self::pass) takes: how often the gate was opened before.
    pub(crate) fn ticket(&self) -> usize {
        self.opened.get()
    }

    /// Waits until the gate is opened once more than the ticket says.
    pub(crate) fn pass(&self, ticket: usize) {
        while self.opened.get() == ticket {
            self.waiters.wait();
        }
    }

    pub(crate) fn open(&self) {
        self.opened.set(self.opened.get() + 1);
        self.waiters.wake_all(());
    }
}

/// Reads a byte that nobody has sent yet.
struct ReadSite {
    reader: TcpStream,
    sender: net::TcpStream,
}

impl ReadSite {
    fn new() -> ReadSite {
        let (reader, sender) = sockets::std_pair().unwrap();
        ReadSite { reader: reader.into(), sender }
    }
}

impl Site for ReadSite {
    fn doing(&self) -> &'static str {
        SOCKET
    }

    fn block(&self) {
        let mut byte = [0];
        (&self.reader).read_exact(&mut byte).unwrap();
        assert_eq!(byte, [7]);
    }

    fn serve(&self, count: usize) {
        (&self.sender).write_all(&vec![7; count]).unwrap();
    }
}

/// Writes more than the buffers of a connection hold, while nobody reads.
struct WriteSite {
    shared: Rc<WriteShared>,
    readers: Helpers,
}

struct WriteShared {
    writer: TcpStream,
    reader: TcpStream,
    /// How many threads have written all they wanted.
    done: Cell<usize>,
}

impl WriteSite {
    fn new() -> WriteSite {
        let (writer, reader) = sockets::pair().unwrap();
        sockets::fix_buffers(&writer).unwrap();
        sockets::fix_buffers(&reader).unwrap();
        let done = Cell::new(0);
        let shared = Rc::new(WriteShared { writer, reader, done });
        WriteSite { shared, readers: Helpers::default() }
    }
}

impl Site for WriteSite {
    fn doing(&self) -> &'static str {
        SOCKET
    }

    fn block(&self) {
        (&self.shared.writer).write_all(&vec![7; sockets::MORE_THAN_FITS]).unwrap();
        self.shared.done.set(self.shared.done.get() + 1);
    }

    fn serve(&self, count: usize) {
        let shared = self.shared.clone();
        let target = shared.done.get() + count;
        self.readers.spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while shared.done.get() < target {
                let count = (&shared.reader).read(&mut buffer).unwrap();
                assert!(buffer[..count].iter().all(|byte| *byte == 7));
            }
        });
    }

    fn finish(&self) {
        self.readers.finish();
    }
}

/// Accepts a connection that nobody has opened yet.
struct AcceptSite {
    listener: TcpListener,
    address: SocketAddr,
}

impl AcceptSite {
    fn new() -> AcceptSite {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        AcceptSite { listener, address }
    }
}

impl Site for AcceptSite {
    fn doing(&self) -> &'static str {
        SOCKET
    }

    fn block(&self) {
        let (connection, peer) = self.listener.accept().unwrap();
        assert_eq!(connection.local_addr().unwrap(), self.address);
        assert!(peer.ip().is_loopback());
    }

    fn serve(&self, count: usize) {
        for _ in 0..count {
            // Connected by the kernel, although nobody has accepted it yet.
            net::TcpStream::connect(self.address).unwrap();
        }
    }
}

/// Connects to a listener whose backlog is full: the kernel drops the request and sends it again after a second.
struct ConnectSite {
    backlog: Rc<Backlog>,
    /// Makes room while threads are served.
    acceptors: Helpers,
}

/// A listener and what fills its backlog.
struct Backlog {
    listener: TcpListener,
    address: SocketAddr,
    fillers: RefCell<Vec<socket2::Socket>>,
    /// How many threads have connected.
    done: Cell<usize>,
    /// How many are to connect before the backlog is filled again.
    target: Cell<usize>,
}

impl ConnectSite {
    fn new() -> ConnectSite {
        let listener = tight_listener();
        let backlog = Backlog {
            address: listener.local_addr().unwrap(),
            listener: listener.into(),
            fillers: RefCell::default(),
            done: Cell::new(0),
            target: Cell::new(0),
        };
        backlog.fill();
        ConnectSite { backlog: Rc::new(backlog), acceptors: Helpers::default() }
    }
}

impl Backlog {
    fn fill(&self) {
        let socket = stream_socket();
        socket.set_nonblocking(true).unwrap();
        // It is connected at once, or it waits because the backlog is full already.
        let _ = socket.connect(&self.address.into());
        self.fillers.borrow_mut().push(socket);
    }

    fn is_served(&self) -> bool {
        self.done.get() >= self.target.get()
    }
}

/// A socket that is neither connected nor listening.
fn stream_socket() -> socket2::Socket {
    socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap()
}

/// A listener that keeps one connection waiting at most.
pub(crate) fn tight_listener() -> net::TcpListener {
    let socket = stream_socket();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any_port.into()).unwrap();
    socket.listen(0).unwrap();
    socket.into()
}

impl Site for ConnectSite {
    fn doing(&self) -> &'static str {
        SOCKET
    }

    fn block(&self) {
        let stream = TcpStream::connect(self.backlog.address).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), self.backlog.address);
        self.backlog.done.set(self.backlog.done.get() + 1);
        if self.backlog.is_served() {
            self.acceptors.kill();
            self.backlog.fill();
        }
    }

    fn serve(&self, count: usize) {
        let backlog = self.backlog.clone();
        backlog.target.set(backlog.done.get() + count);
        self.acceptors.spawn(move || {
            loop {
                backlog.listener.accept().unwrap();
                // An acceptor that is woken just before it is killed takes one more out.
                if backlog.is_served() {
                    backlog.fill();
                }
            }
        });
    }

    fn finish(&self) {
        self.acceptors.finish();
    }
}

/// Sleeps for an hour of a paused clock.
struct SleepSite;

impl Site for SleepSite {
    fn doing(&self) -> &'static str {
        "the end of its sleep"
    }

    fn block(&self) {
        let start = coro::time::now();
        thread::sleep(HOUR);
        assert_eq!(coro::time::now() - start, HOUR);
    }

    fn serve(&self, _count: usize) {}
}

/// Parks; whoever serves unparks all who are parked.
#[derive(Default)]
struct ParkSite {
    parked: RefCell<Vec<Thread>>,
    served: Cell<usize>,
}

impl Site for ParkSite {
    fn doing(&self) -> &'static str {
        "an unpark"
    }

    fn block(&self) {
        self.parked.borrow_mut().push(thread::current());
        let served = self.served.get();
        thread::park();
        assert_ne!(served, self.served.get(), "nobody has unparked this thread");
    }

    fn serve(&self, _count: usize) {
        self.served.set(self.served.get() + 1);
        // Among them may be threads that were interrupted; one that has not ended keeps the token, so it is left out.
        for thread in self.parked.take() {
            let parked = thread.name().and_then(watch::doing);
            if parked.as_deref() == Some(self.doing()) {
                thread.unpark();
            }
        }
    }
}

/// Joins a thread that waits at a gate.
#[derive(Default)]
struct JoinSite {
    gate: Rc<Gate>,
}

impl Site for JoinSite {
    fn doing(&self) -> &'static str {
        "another thread's end (join)"
    }

    fn block(&self) {
        let (gate, ticket) = (self.gate.clone(), self.gate.ticket());
        let child = thread::spawn(move || {
            gate.pass(ticket);
            7
        });
        assert_eq!(child.join().unwrap(), 7);
    }

    fn serve(&self, _count: usize) {
        self.gate.open();
    }

    fn finish(&self) {
        // The children of joins that were interrupted still wait.
        self.gate.open();
    }
}

/// Waits for the thread of a scope, which waits at a gate and borrows meanwhile.
#[derive(Default)]
struct ScopeSite {
    gate: Gate,
}

impl Site for ScopeSite {
    fn doing(&self) -> &'static str {
        "the threads of a scope"
    }

    fn block(&self) {
        let ticket = self.gate.ticket();
        let borrowed = [Cell::new(7)];
        thread::scope(|scope| {
            scope.spawn(|| {
                let cell = &borrowed[0];
                self.gate.pass(ticket);
                cell.set(8);
            });
        });
        assert_eq!(borrowed[0].get(), 8);
    }

    fn serve(&self, _count: usize) {
        self.gate.open();
    }
}

/// Locks a mutex that a helper holds, and lets go of when it is told to.
struct LockSite {
    mutex: Rc<Mutex<()>>,
    release: Rc<coro::Cond<()>>,
    keeper: Helpers,
}

impl LockSite {
    fn new() -> LockSite {
        let mutex = Rc::new(Mutex::new(()));
        let release = Rc::new(coro::Cond::new());
        let keeper = Helpers::default();
        keeper.spawn({
            let (mutex, release) = (mutex.clone(), release.clone());
            move || {
                loop {
                    // First come, first served: who waited before the release gets it before the keeper does.
                    let guard = mutex.lock().unwrap();
                    release.wait();
                    drop(guard);
                }
            }
        });
        watch::until_parked("helper", "a Cond");
        LockSite { mutex, release, keeper }
    }
}

impl Site for LockSite {
    fn doing(&self) -> &'static str {
        "a mutex"
    }

    fn block(&self) {
        drop(self.mutex.lock().unwrap());
    }

    fn serve(&self, _count: usize) {
        watch::until_parked("helper", "a Cond");
        self.release.wake_one(()).unwrap();
    }

    fn finish(&self) {
        self.keeper.finish();
    }
}

/// Waits for a notification.
struct CondvarSite {
    mutex: Mutex<()>,
    condvar: Condvar,
    limit: Limit,
}

#[derive(Clone, Copy)]
enum Limit {
    None,
    Hour,
}

impl CondvarSite {
    fn new(limit: Limit) -> CondvarSite {
        CondvarSite { mutex: Mutex::new(()), condvar: Condvar::new(), limit }
    }
}

impl Site for CondvarSite {
    fn doing(&self) -> &'static str {
        "a condition variable"
    }

    fn block(&self) {
        let guard = self.mutex.lock().unwrap();
        match self.limit {
            Limit::None => drop(self.condvar.wait(guard).unwrap()),
            Limit::Hour => {
                let (_guard, result) = self.condvar.wait_timeout(guard, HOUR).unwrap();
                assert!(!result.timed_out());
            }
        }
    }

    fn serve(&self, count: usize) {
        for _ in 0..count {
            self.condvar.notify_one();
        }
    }
}

/// Waits to be handed a value.
#[derive(Default)]
struct CondSite {
    cond: coro::Cond<u32>,
}

impl Site for CondSite {
    fn doing(&self) -> &'static str {
        "a Cond"
    }

    fn block(&self) {
        assert_eq!(self.cond.wait(), 7);
    }

    fn serve(&self, count: usize) {
        for _ in 0..count {
            // A thread that was killed meanwhile is no longer there to take it.
            let _ = self.cond.wake_one(7);
        }
    }
}

/// Gives way again and again.
#[derive(Default)]
struct YieldSite {
    served: Cell<usize>,
}

impl Site for YieldSite {
    fn doing(&self) -> &'static str {
        "ready to run"
    }

    fn block(&self) {
        let served = self.served.get();
        while served == self.served.get() {
            thread::yield_now();
        }
    }

    fn serve(&self, _count: usize) {
        self.served.set(self.served.get() + 1);
    }
}
