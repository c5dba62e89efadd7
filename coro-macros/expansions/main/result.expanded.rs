//! Settings, and a result that is passed on.
use std::io;
fn main() -> io::Result<()> {
    ::coro::Builder::new()
        .name("boss")
        .stack_size(128 * 1024)
        .run(|| -> io::Result<()> {
            let listener = coro::net::TcpListener::bind("127.0.0.1:0")?;
            println!("serving on {}", listener.local_addr()?);
            Ok(())
        })
}
