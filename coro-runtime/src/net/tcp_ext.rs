//! What only Linux's TCP streams have.

use std::io;

use rustix::net::sockopt;

use super::tcp_stream::TcpStream;

/// Linux's own options of a [`TcpStream`], as `std::os::linux::net::TcpStreamExt` (std has it from 1.89).
///
/// # Examples
/// ```
/// use coro::net::{TcpListener, TcpStream};
/// use coro::os::linux::net::TcpStreamExt;
/// coro::run(|| -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let stream = TcpStream::connect(listener.local_addr()?)?;
///     stream.set_quickack(true)?; // for what comes next; the system may go back
///     assert!(stream.quickack()?);
///     Ok(())
/// }).unwrap();
/// ```
pub trait TcpStreamExt: Sealed {
    /// Sets whether what comes is acknowledged at once (`TCP_QUICKACK`); the system may change its mind later.
    ///
    /// # Errors
    /// Those of the system's `setsockopt`.
    fn set_quickack(&self, quickack: bool) -> io::Result<()>;

    /// Whether what comes is acknowledged at once.
    ///
    /// # Errors
    /// Those of the system's `getsockopt`.
    fn quickack(&self) -> io::Result<bool>;
}

/// Keeps the trait to coro's own stream, as std's is.
#[doc(hidden)]
pub trait Sealed {}

impl Sealed for TcpStream {}

impl TcpStreamExt for TcpStream {
    fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        Ok(sockopt::set_tcp_quickack(self.source.get(), quickack)?)
    }

    fn quickack(&self) -> io::Result<bool> {
        Ok(sockopt::tcp_quickack(self.source.get())?)
    }
}
