//! The echo server as may users write it, with one worker.

use std::io::{self, Read, Write};

use may::net::{TcpListener, TcpStream};

use super::{BUFFER_SIZE, announce};
use crate::may_peer;

/// Serves until the process ends.
pub(super) fn serve() -> io::Result<()> {
    may_peer::run(accept_all)
}

fn accept_all() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(listener.local_addr()?)?;
    for stream in listener.incoming() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        drop(may_peer::spawn(move || echo(stream)));
    }
    Ok(())
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count])?;
    }
}
