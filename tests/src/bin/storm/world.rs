//! What the threads of one program share, and the books that are kept about it.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use coro::__private::Planned;
use coro::JoinError;
use coro::net::{TcpListener, TcpStream};
use coro::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use coro::thread::Thread;
use coro_tests::canary::{Canary, Drops};
use coro_tests::sockets;

use crate::args::Kind;
use crate::script::{CONDS, CONDVARS, MUTEXES, PAIRS};

/// How long a byte that was written may take to arrive once the program has ended.
const ARRIVAL: Duration = Duration::from_secs(5);
/// How long one look at a direction takes at most.
const PATIENCE: Duration = Duration::from_millis(20);

/// What is raised at threads.
#[derive(Debug)]
pub(crate) struct Stop(pub(crate) Canary);

/// What a `Cond` hands over.
#[derive(Debug)]
pub(crate) struct Token {
    canary: Canary,
    drops: Drops,
}

impl Token {
    pub(crate) fn check(&self) {
        self.canary.check();
    }
}

impl Clone for Token {
    fn clone(&self) -> Token {
        self.check();
        Token { canary: self.drops.canary(), drops: self.drops.clone() }
    }
}

/// One direction of a connection.
///
/// With one writer and one reader at a time, each byte is known from its position. With several at once, a direction
/// carries the same byte all the time, and only the count is checked.
pub(crate) struct Direction {
    writer: TcpStream,
    reader: TcpStream,
    turns: Option<(Mutex<()>, Mutex<()>)>,
    tag: u8,
    written: Cell<u64>,
    read: Cell<u64>,
}

/// How far a thread came, to compare with what `join` says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Started,
    Returned,
}

/// Everything shared.
pub(crate) struct World {
    pub(crate) kind: Kind,
    pub(crate) trace: bool,
    pub(crate) drops: Drops,
    /// Odd while somebody holds the lock and is at work; so an odd number in a lock that is not poisoned is a mistake,
    /// and so is an even one in a lock that is.
    pub(crate) mutexes: [Mutex<u64>; MUTEXES],
    pub(crate) condvars: [Condvar; CONDVARS],
    pub(crate) conds: [coro::Cond<Token>; CONDS],
    /// Taken by destructors: whoever holds it gives way at most, so it is always free soon.
    pub(crate) leaf: Mutex<u64>,
    pub(crate) directions: Vec<Direction>,
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    /// Every thread that was ever spawned, by its number.
    threads: RefCell<Vec<(Option<Thread>, Progress)>>,
    failures: RefCell<Vec<String>>,
    pub(crate) handed: Cell<usize>,
    pub(crate) received: Cell<usize>,
    /// How many interrupts were sent, and how many were seen to arrive.
    pub(crate) sent: AtomicU64,
    pub(crate) arrived: AtomicU64,
}

impl World {
    pub(crate) fn new(kind: Kind, trace: bool) -> io::Result<World> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let mut directions = Vec::new();
        for pair in 0..PAIRS {
            directions.extend(Direction::pair(pair % 2 == 0, pair as u8)?);
        }
        Ok(World {
            kind,
            trace,
            drops: Drops::default(),
            mutexes: Default::default(),
            condvars: Default::default(),
            conds: Default::default(),
            leaf: Mutex::default(),
            directions,
            address: listener.local_addr()?,
            listener,
            threads: RefCell::default(),
            failures: RefCell::default(),
            handed: Cell::new(0),
            received: Cell::new(0),
            sent: AtomicU64::new(0),
            arrived: AtomicU64::new(0),
        })
    }

    pub(crate) fn token(&self) -> Token {
        Token { canary: self.drops.canary(), drops: self.drops.clone() }
    }

    /// Notes a mistake. It does not panic: it may be called by a destructor in the middle of an unwind.
    pub(crate) fn fail(&self, failure: String) {
        self.failures.borrow_mut().push(failure);
    }

    pub(crate) fn check(&self, condition: bool, failure: impl FnOnce() -> String) {
        if !condition {
            self.fail(failure());
        }
    }

    /// A number for a thread that is about to be spawned.
    pub(crate) fn register(&self) -> usize {
        let mut threads = self.threads.borrow_mut();
        threads.push((None, Progress::Started));
        threads.len() - 1
    }

    pub(crate) fn set_thread(&self, number: usize, thread: &Thread) {
        self.threads.borrow_mut()[number].0 = Some(thread.clone());
    }

    pub(crate) fn set_returned(&self, number: usize) {
        self.threads.borrow_mut()[number].1 = Progress::Returned;
    }

    pub(crate) fn thread_count(&self) -> usize {
        self.threads.borrow().len()
    }

    /// Some thread or other.
    pub(crate) fn pick(&self, any: u64) -> Option<Thread> {
        let threads = self.threads.borrow();
        let index = (any % threads.len().max(1) as u64) as usize;
        threads.get(index)?.0.clone()
    }

    /// Sends an interrupt of this storm's kind.
    pub(crate) fn strike(&self, any: u64) {
        let Some(thread) = self.pick(any) else { return };
        self.sent.fetch_add(1, Ordering::Relaxed);
        match self.kind {
            Kind::Raise => thread.raise(Stop(self.drops.canary())),
            Kind::Kill | Kind::Timeout => thread.kill(),
        }
    }

    pub(crate) fn kill_all(&self) {
        let count = self.thread_count();
        (0..count as u64).filter_map(|number| self.pick(number)).for_each(|thread| thread.kill());
    }

    /// Compares what a join says with how far the thread came.
    pub(crate) fn settle(&self, number: usize, result: Result<u64, JoinError>) {
        let progress = self.threads.borrow()[number].1;
        match result {
            Ok(value) => {
                let right = value == result_of(number) && progress == Progress::Returned;
                self.check(right, || {
                    format!("thread {number} returned {value}, and was {progress:?}")
                });
            }
            Err(error) => {
                self.arrived.fetch_add(1, Ordering::Relaxed);
                let expected = !error.is_panic() || error.is::<Planned>();
                let right = expected && progress == Progress::Started;
                self.check(right, || {
                    format!("join said {error}, and thread {number} was {progress:?}")
                });
            }
        }
    }

    /// Reads what is still under way, and checks that as much arrives as was written.
    ///
    /// All directions go round: one whose reader is slow holds up the answers of the other one, down in the kernel.
    fn drain(&self) {
        let started = Instant::now();
        while started.elapsed() < ARRIVAL && !self.directions.iter().all(Direction::is_drained) {
            for direction in &self.directions {
                if let Err(failure) = direction.drain_some() {
                    return self.fail(failure);
                }
            }
        }
        for direction in &self.directions {
            let (written, read) = (direction.written.get(), direction.read.get());
            self.check(written == read, || format!("{written} bytes were written, {read} read"));
        }
    }

    /// What must hold when the loop has ended.
    pub(crate) fn check_books(&self) -> Vec<String> {
        let (handed, received) = (self.handed.get(), self.received.get());
        self.check(handed == received, || {
            format!("{handed} values were handed over, {received} arrived")
        });
        self.drain();
        let (made, dropped) = (self.drops.made(), self.drops.dropped());
        self.check(made == dropped, || format!("{made} canaries were made, {dropped} dropped"));
        self.failures.take()
    }
}

/// What a thread returns.
pub(crate) fn result_of(number: usize) -> u64 {
    number as u64 * 3 + 1
}

/// Locks what says nothing about its state when it is poisoned.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Direction {
    fn pair(ordered: bool, tag: u8) -> io::Result<[Direction; 2]> {
        let (one, other) = sockets::pair()?;
        for end in [&one, &other] {
            sockets::fix_buffers(end)?;
            sockets::reset_on_close(end)?;
            end.set_nodelay(true)?;
        }
        let forth = Direction::new(one.try_clone()?, other.try_clone()?, ordered, tag);
        Ok([forth, Direction::new(other, one, ordered, !tag)])
    }

    fn new(writer: TcpStream, reader: TcpStream, ordered: bool, tag: u8) -> Direction {
        Direction {
            writer,
            reader,
            turns: ordered.then(Default::default),
            tag,
            written: Cell::new(0),
            read: Cell::new(0),
        }
    }

    fn byte_at(&self, position: u64) -> u8 {
        match self.turns {
            Some(_) => (position as u8).wrapping_mul(31) ^ (position >> 8) as u8 ^ self.tag,
            None => self.tag,
        }
    }

    /// Writes some bytes in one operation, which an interrupt prevents or lets happen as a whole.
    pub(crate) fn write(&self, length: usize) -> Result<(), String> {
        let _turn = self.turns.as_ref().map(|turns| lock(&turns.0));
        let start = self.written.get();
        let bytes: Vec<u8> =
            (start..start + length as u64).map(|position| self.byte_at(position)).collect();
        let count = (&self.writer).write(&bytes).map_err(|error| format!("write: {error}"))?;
        self.written.set(self.written.get() + count as u64);
        Ok(())
    }

    /// Reads some bytes in one operation.
    pub(crate) fn read(&self, length: usize) -> Result<(), String> {
        let _turn = self.turns.as_ref().map(|turns| lock(&turns.1));
        let mut bytes = vec![0; length];
        let count = (&self.reader).read(&mut bytes).map_err(|error| format!("read: {error}"))?;
        self.take(&bytes[..count])
    }

    /// Tries to read in the middle of an unwind, where a read must not wait.
    pub(crate) fn read_unwinding(&self) -> Result<(), String> {
        let mut bytes = [0; 16];
        if self.turns.is_some() {
            return Ok(());
        }
        match (&self.reader).read(&mut bytes) {
            Ok(count) => self.take(&bytes[..count]),
            Err(error) if error.kind() == io::ErrorKind::Other => Ok(()),
            Err(error) => Err(format!("a read in the middle of an unwind: {error}")),
        }
    }

    fn take(&self, bytes: &[u8]) -> Result<(), String> {
        let start = self.read.get();
        self.read.set(start + bytes.len() as u64);
        if bytes.is_empty() {
            return Err("a stream ended early".into());
        }
        for (position, byte) in (start..).zip(bytes) {
            let expected = self.byte_at(position);
            if *byte != expected {
                return Err(format!("byte {position} is {byte}, not {expected}"));
            }
        }
        Ok(())
    }

    /// Whether everything that was written has been read.
    fn is_drained(&self) -> bool {
        self.read.get() >= self.written.get()
    }

    /// Reads, outside any loop, something of what was written and not read.
    fn drain_some(&self) -> Result<(), String> {
        if self.is_drained() {
            return Ok(());
        }
        self.reader.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        let mut bytes = vec![0; 1 << 20];
        match (&self.reader).read(&mut bytes) {
            Ok(count) => self.take(&bytes[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(format!("read after the end: {error}")),
        }
    }
}
