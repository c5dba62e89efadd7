//! The echo server as coro users write it.

use std::io::{self, Read, Write};

use coro::net::{TcpListener, TcpStream};

use super::{BUFFER_SIZE, announce};

/// Serves until the process ends.
pub(super) fn serve() -> io::Result<()> {
    coro::run(accept_all)
}

fn accept_all() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(listener.local_addr()?)?;
    for stream in listener.incoming() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        echo(stream).spawn();
    }
    Ok(())
}

#[coro::thread]
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
