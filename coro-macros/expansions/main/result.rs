//! Settings, and a result that is passed on.

use std::io;

#[coro::main(name = "boss", stack_size = 128 * 1024)]
fn main() -> io::Result<()> {
    let listener = coro::net::TcpListener::bind("127.0.0.1:0")?;
    println!("serving on {}", listener.local_addr()?);
    Ok(())
}
