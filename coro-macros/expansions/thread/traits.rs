//! Functions of a trait, with and without a default body, and their implementation.

use std::io;

trait Service {
    const NAME: &str;

    /// Opens one.
    #[coro::thread]
    fn open(port: u16) -> io::Result<Self>
    where
        Self: Sized;

    #[coro::thread]
    fn serve(&mut self, request: &str) -> io::Result<String>;

    /// Says who it is.
    #[coro::thread]
    fn name(&self) -> &'static str {
        Self::NAME
    }

    #[coro::thread]
    fn close(self) -> io::Result<()>
    where
        Self: Sized;
}

struct Echo(u16);

impl Service for Echo {
    const NAME: &str = "echo";

    #[coro::thread]
    fn open(port: u16) -> io::Result<Self> {
        Ok(Self(port))
    }

    #[coro::thread(name = "server")]
    fn serve(&mut self, request: &str) -> io::Result<String> {
        coro::thread::yield_now();
        Ok(request.to_owned())
    }

    #[coro::thread]
    fn close(self) -> io::Result<()> {
        Ok(())
    }
}
