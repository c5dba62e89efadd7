//! The server of the README: a parameter that changes, a result and `?`.
use coro::net::TcpStream;
use std::io::{self, Read, Write};
fn echo(conn: TcpStream) -> ::coro::thread::Routine<'static, io::Result<()>> {
    ::coro::__private::routine(
        &"echo",
        move || -> io::Result<()> {
            let mut conn = conn;
            let mut buf = [0; 4096];
            loop {
                let n = conn.read(&mut buf)?;
                if n == 0 {
                    return Ok(());
                }
                conn.write_all(&buf[..n])?;
            }
        },
    )
}
