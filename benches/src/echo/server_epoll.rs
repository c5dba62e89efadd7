//! The bare epoll server: what a careful C program without any framework costs.
//!
//! Each fd is registered once, edge-triggered. A request takes one `read` and one `write`: a short read means drained,
//! because a byte that comes later makes a new edge. A hang-up that came together with data makes none, so it is taken
//! from the event's flags, and then reading goes on until the end.

use std::io::{self, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::io::retry_on_intr;

use super::{BUFFER_SIZE, announce};

const LISTENER: u64 = u64::MAX;
const BATCH: usize = 1024;

/// Serves until the process ends.
pub(super) fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN | EventFlags::ET)?;
    announce(listener.local_addr()?)?;
    let mut server = Server { epoll, listener, connections: Vec::new(), free: Vec::new() };
    let mut events = Vec::with_capacity(BATCH);
    loop {
        events.clear();
        retry_on_intr(|| epoll::wait(&server.epoll, spare_capacity(&mut events), None))?;
        for event in &events {
            server.react(event)?;
        }
    }
}

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    /// Slots of `connections` that are empty.
    free: Vec<usize>,
}

impl Server {
    fn react(&mut self, event: &Event) -> io::Result<()> {
        if event.data.u64() == LISTENER {
            return self.accept_all();
        }
        let slot = event.data.u64() as usize;
        let connection = self.connections[slot].as_mut().expect("events come for open slots only");
        if connection.react(event.flags).is_err() {
            self.connections[slot] = None;
            self.free.push(slot);
        }
        Ok(())
    }

    fn accept_all(&mut self) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.insert(stream)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn insert(&mut self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(&self.epoll, &stream, EventData::new_u64(slot as u64), flags)?;
        self.connections[slot] = Some(Connection { stream, unsent: Vec::new() });
        Ok(())
    }
}

struct Connection {
    stream: TcpStream,
    /// What the kernel would not take yet. While it is not empty nothing more is read.
    unsent: Vec<u8>,
}

impl Connection {
    /// Does what the event allows; an error means that the connection is over.
    fn react(&mut self, flags: EventFlags) -> io::Result<()> {
        let is_ending = flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR);
        self.flush()?;
        // An edge that comes while output is stuck is not lost: the flags of the next one show input as well.
        if self.unsent.is_empty() && (is_ending || flags.contains(EventFlags::IN)) {
            self.echo(is_ending)?;
        }
        Ok(())
    }

    /// Writes back what can be read: until a short read, or until the end if the peer has hung up.
    fn echo(&mut self, is_ending: bool) -> io::Result<()> {
        let mut buffer = [0; BUFFER_SIZE];
        while self.unsent.is_empty() {
            let Some(count) = not_blocked(self.stream.read(&mut buffer))? else {
                break;
            };
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.write(&buffer[..count])?;
            if count < buffer.len() && !is_ending {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let Some(count) = not_blocked(self.stream.write(bytes))? else {
                break;
            };
            bytes = &bytes[count..];
        }
        self.unsent.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        let unsent = mem::take(&mut self.unsent);
        self.write(&unsent)
    }
}

/// Turns "would block" into `None`.
fn not_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
