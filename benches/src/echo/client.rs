//! The client that loads every server: one epoll loop over connections with one request in flight each.
//!
//! Fds are registered once, edge-triggered for both directions. An edge is lost only on someone who stops before the
//! kernel says that it would block; the client stops earlier in one case, when an answer is complete, and then
//! nothing can arrive before it sends the next request.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::retry_on_intr;

use super::message::Messages;

/// How long the client waits for any answer before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);
const BATCH: usize = 1024;

/// When to send no further request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    For(Duration),
    Requests(usize),
}

/// What a run has achieved: every request sent was answered with the right bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    pub(super) requests: usize,
    pub(super) elapsed: Duration,
}

#[derive(Debug)]
pub(super) struct Client {
    epoll: OwnedFd,
    connections: Vec<Connection>,
    messages: Messages,
    buffer: Vec<u8>,
}

impl Client {
    /// Opens the connections one after the other, each with a first byte that shows that the server serves it.
    pub(super) fn connect(
        address: SocketAddr,
        connections: usize,
        message_size: usize,
    ) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let connections = (0..connections)
            .map(|index| {
                let connection = Connection::open(index, address)?;
                let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
                epoll::add(
                    &epoll,
                    &connection.stream,
                    epoll::EventData::new_u64(index as u64),
                    flags,
                )?;
                Ok(connection)
            })
            .collect::<io::Result<_>>()?;
        Ok(Self {
            epoll,
            connections,
            messages: Messages::new(message_size),
            buffer: vec![0; message_size],
        })
    }

    /// Keeps one request in flight on each connection until the limit, then waits for the last answers.
    pub(super) fn run(&mut self, limit: Limit) -> io::Result<Answered> {
        let mut run = Run::new(limit);
        for index in 0..self.connections.len() {
            self.send_next(index, &mut run)?;
        }
        let patience = Timespec::try_from(PATIENCE).expect("ten seconds fit a timespec");
        let mut events = Vec::with_capacity(BATCH);
        while run.answered < run.sent {
            events.clear();
            retry_on_intr(|| {
                epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&patience))
            })?;
            if events.is_empty() {
                return Err(no_answer(&run));
            }
            run.look_at_clock();
            for event in &events {
                self.react(event.data.u64() as usize, &mut run)?;
            }
        }
        Ok(Answered { requests: run.answered, elapsed: run.start.elapsed() })
    }

    fn send_next(&mut self, index: usize, run: &mut Run) -> io::Result<()> {
        if run.may_send() {
            run.sent += 1;
            self.connections[index].begin();
            self.connections[index].send(&self.messages)?;
        }
        Ok(())
    }

    fn react(&mut self, index: usize, run: &mut Run) -> io::Result<()> {
        let connection = &mut self.connections[index];
        if !connection.is_waiting {
            return Ok(());
        }
        connection.send(&self.messages)?;
        connection.receive(&self.messages, &mut self.buffer)?;
        if !connection.is_waiting {
            run.answered += 1;
            self.send_next(index, run)?;
        }
        Ok(())
    }
}

fn no_answer(run: &Run) -> io::Error {
    let missing = run.sent - run.answered;
    io::Error::other(format!("{missing} requests have no answer after {} s", PATIENCE.as_secs()))
}

/// Counts the requests of one run.
#[derive(Debug)]
struct Run {
    limit: Limit,
    start: Instant,
    sent: usize,
    answered: usize,
    /// Whether the time of [`Limit::For`] is up. Looked at once a batch, since clocks are not free.
    is_late: bool,
}

impl Run {
    fn new(limit: Limit) -> Self {
        Self { limit, start: Instant::now(), sent: 0, answered: 0, is_late: false }
    }

    fn look_at_clock(&mut self) {
        if let Limit::For(duration) = self.limit {
            self.is_late = self.start.elapsed() >= duration;
        }
    }

    fn may_send(&self) -> bool {
        match self.limit {
            Limit::For(_) => !self.is_late,
            Limit::Requests(count) => self.sent < count,
        }
    }
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    index: usize,
    /// The number of the current request on this connection.
    sequence: usize,
    /// Bytes of the current request that the kernel has taken.
    sent: usize,
    /// Bytes of its answer that have come and were right.
    received: usize,
    /// Whether a request is in flight.
    is_waiting: bool,
}

impl Connection {
    fn open(index: usize, address: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"?")?;
        stream.read_exact(&mut [0])?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, index, sequence: 0, sent: 0, received: 0, is_waiting: false })
    }

    fn begin(&mut self) {
        self.sequence += 1;
        (self.sent, self.received) = (0, 0);
        self.is_waiting = true;
    }

    /// Sends as much of the current request as the kernel takes.
    fn send(&mut self, messages: &Messages) -> io::Result<()> {
        let message = messages.get(self.index, self.sequence);
        while self.sent < message.len() {
            match self.stream.write(&message[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Receives as much of the answer as has come, and compares it.
    fn receive(&mut self, messages: &Messages, buffer: &mut [u8]) -> io::Result<()> {
        let message = messages.get(self.index, self.sequence);
        while self.received < message.len() {
            let missing = &message[self.received..];
            let count = match self.stream.read(&mut buffer[..missing.len()]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            if buffer[..count] != missing[..count] {
                return Err(self.wrong_bytes());
            }
            self.received += count;
        }
        self.is_waiting = false;
        Ok(())
    }

    fn wrong_bytes(&self) -> io::Error {
        io::Error::other(format!(
            "connection {} got a wrong answer to request {}, past byte {}",
            self.index, self.sequence, self.received
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Serves one connection as `answer` says, which gets every piece read.
    fn serve_one(answer: fn(&mut [u8])) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 1000];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                answer(&mut buffer[..count]);
                if stream.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
        });
        address
    }

    #[test]
    fn right_answers_are_counted() {
        let mut client = Client::connect(serve_one(|_| {}), 1, 5000).unwrap();
        assert_eq!(client.run(Limit::Requests(20)).unwrap().requests, 20);
        assert!(client.run(Limit::For(Duration::from_millis(10))).unwrap().requests >= 1);
    }

    #[test]
    fn a_wrong_byte_ends_the_run() {
        let mut client = Client::connect(serve_one(|bytes| bytes[0] ^= 1), 1, 64).unwrap();
        let error = client.run(Limit::Requests(1)).unwrap_err();
        assert_eq!(error.to_string(), "connection 0 got a wrong answer to request 1, past byte 0");
    }
}
