//! What std has under [`std::os`]: Unix sockets where a `use` line looks for them, and std's own where nothing waits.
//!
//! ```
//! use coro::os::unix::net::UnixStream; // was std::os::unix::net
//! coro::run(|| -> std::io::Result<()> {
//!     let (_one, _other) = UnixStream::pair()?;
//!     Ok(())
//! }).unwrap();
//! ```

#[cfg(target_os = "linux")]
pub mod linux;

pub use std::os::fd;

/// What std has under [`std::os::unix`].
pub mod unix {
    pub use std::os::unix::{ffi, fs, io, prelude, process};

    /// Unix sockets, shaped after [`std::os::unix::net`].
    pub mod net {
        pub use crate::net::unix::{Incoming, SocketAddr, UnixDatagram, UnixListener, UnixStream};
    }
}
