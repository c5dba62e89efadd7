//! Stackful threads in ordinary blocking Rust: tens of thousands of them on one OS thread.
//!
//! An attribute turns a function into a thread that can be spawned; [`mod@thread`], [`net`] and [`sync`] have the names
//! and the behaviour of their counterparts in [`std`]. A call that would block parks its thread and lets the others
//! run.
//!
//! ```
//! use coro::net::{TcpListener, TcpStream};
//! use std::io::{self, Read, Write};
//!
//! #[coro::thread]
//! fn echo(mut conn: TcpStream) -> io::Result<()> {
//!     let mut buf = [0; 4096];
//!     loop {
//!         let n = conn.read(&mut buf)?; // parks this thread, not the OS thread
//!         if n == 0 {
//!             return Ok(());
//!         }
//!         conn.write_all(&buf[..n])?;
//!     }
//! }
//!
//! #[coro::main]
//! fn main() -> io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let mut client = TcpStream::connect(listener.local_addr()?)?;
//!     let (conn, _) = listener.accept()?;
//!     echo(conn).spawn();
//!     client.write_all(b"hello")?;
//!     let mut answer = [0; 5];
//!     client.read_exact(&mut answer)?;
//!     assert_eq!(&answer, b"hello");
//!     Ok(())
//! }
//! ```
//!
//! A thread never leaves the OS thread whose loop it was spawned in: `Rc`, `RefCell` guards and thread-locals may be
//! held across waits, and nothing that a thread uses has to be `Send`.
//!
//! Interrupts (kill, raise, timeout) unwind, so the crate asks for `panic = "unwind"`, which is the default.
//!
//! # Features
//! - `macros` (default): the attributes.
//! - `sanitizer`: tells the address sanitizer about stack switches; only for builds with `-Zsanitizer=address`.

#[cfg(panic = "abort")]
compile_error!("coro ends threads by unwinding them; build with panic = \"unwind\"");

pub mod blocking;
pub mod channel;
pub mod coroutine;
pub mod event_loop;
pub mod future;
pub mod io;
pub mod net;
pub mod os;
pub mod panic;
pub mod stack;
pub mod sync;
pub mod thread;
pub mod time;

mod error;
mod id;
mod list;
mod payload;
mod probe;
mod raw;
mod runtime;
mod sched;
mod sys;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "macros")]
pub use coro_macros::{main, test, thread};

pub use coroutine::{CoroutineState, Yielder};
pub use error::{CondError, JoinError, ResumeError, SocketError, ThreadError, TimeoutError};
pub use event_loop::{EventLoop, ExitHandle};
pub use runtime::{Builder, run};
pub use sync::Cond;
pub use thread::{JoinSet, join};
pub use time::{catch, shield, timeout};
