//! Name look-up off the loop: the system's resolver blocks, so it runs on helper OS threads.
//!
//! They are helpers of their own, so that no look-up waits behind hundreds of long calls of the program. A look-up whose
//! thread was interrupted meanwhile runs to its end, and nobody takes the answer.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use crate::blocking::{self, Pool, Work};
use crate::error;
use crate::sched::{current, unwind};

type Answer = io::Result<Vec<SocketAddr>>;

/// Look-ups mostly wait for the network, and few programs need many names at a time.
static HELPERS: Pool = Pool::new("coro-resolver", 4);

struct LookUp;

impl Work for LookUp {
    const WHAT: &'static str = "a name look-up";

    fn pool() -> &'static Pool {
        &HELPERS
    }
}

/// Looks a host up, parking the thread. Outside any loop it just blocks.
///
/// # Errors
/// The resolver's; `Other` if the thread unwinds, because this always waits.
pub(super) fn look_up(host: &str, port: u16) -> Answer {
    if unwind::panicking() && current::with(|cx| cx.is_some()) {
        return Err(error::unwinding());
    }
    let host = host.to_owned();
    blocking::run::<LookUp, _, _>(move || {
        (host.as_str(), port).to_socket_addrs().map(Iterator::collect)
    })
}
