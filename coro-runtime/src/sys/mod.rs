//! The one seam between the runtime and the kernel.
//!
//! The system calls on which the loop depends go through this module, and each of them asks [`enter`] first.
//! Normally that is one relaxed load. When a test has armed [`Faults`], some calls fail with an error that the
//! real call could have returned.

pub(crate) mod any_socket;
pub(crate) mod descriptor;
pub(crate) mod fork;
/// The poller, chosen here once for the platform.
#[cfg_attr(all(target_os = "linux", not(coro_polling)), path = "epoll.rs")]
#[cfg_attr(not(all(target_os = "linux", not(coro_polling))), path = "portable.rs")]
pub(crate) mod poller;
pub(crate) mod socket;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use rustix::io::Errno;

/// What happened to one registered file descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) key: u64,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// No further edge will come for what this event announces: end of stream, an error, urgent data.
    pub(crate) lasting: bool,
}

/// A system call, or a family of them that fail alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Call {
    /// Reserving memory for stacks.
    Map,
    /// Making a guard page.
    Guard,
    /// Letting the memory of a stack go.
    Release,
    /// Giving up the addresses of stacks.
    Unmap,
    /// Creating a poller.
    PollerNew,
    /// Registering a file descriptor.
    PollerAdd,
    /// Waiting for events.
    PollerWait,
    /// Creating a socket.
    Socket,
    /// Accepting a connection.
    Accept,
    /// Starting a connection.
    Connect,
    /// Receiving bytes.
    Receive,
    /// Sending bytes.
    Send,
}

impl Call {
    /// The errors that this call may be made to fail with.
    fn plausible(self) -> &'static [Errno] {
        match self {
            Call::Map | Call::Guard | Call::Unmap => &[Errno::NOMEM],
            Call::Release => &[Errno::INVAL],
            Call::PollerNew => &[Errno::MFILE, Errno::NOMEM],
            Call::PollerAdd => &[Errno::NOSPC, Errno::NOMEM],
            Call::PollerWait => &[Errno::INTR],
            Call::Socket => &[Errno::MFILE, Errno::NFILE],
            Call::Accept => &[Errno::MFILE, Errno::NFILE, Errno::CONNABORTED, Errno::NOBUFS],
            Call::Connect => &[Errno::CONNREFUSED, Errno::ADDRNOTAVAIL],
            Call::Receive => &[Errno::CONNRESET, Errno::INTR],
            Call::Send => &[Errno::PIPE, Errno::CONNRESET, Errno::INTR],
        }
    }
}

/// Whether a test has armed faults in this process.
static ARMED: AtomicBool = AtomicBool::new(false);
/// The armed plan: one call in `ONE_IN` fails, by the generator in `STATE`.
static ONE_IN: AtomicU64 = AtomicU64::new(0);
static STATE: AtomicU64 = AtomicU64::new(0);
static INJECTED: AtomicU64 = AtomicU64::new(0);
/// The OS thread whose calls may fail; those of others, say of other tests, go through.
static TARGET: Mutex<Option<ThreadId>> = Mutex::new(None);
/// Keeps two tests of one process from arming at once.
static OWNER: Mutex<()> = Mutex::new(());

/// Says whether `call` may go to the kernel.
///
/// # Errors
/// The injected fault, if a test has armed one for this call.
#[inline]
pub(crate) fn enter(call: Call) -> io::Result<()> {
    if ARMED.load(Ordering::Relaxed) {
        return injected(call);
    }
    Ok(())
}

#[cold]
fn injected(call: Call) -> io::Result<()> {
    if *lock(&TARGET) != Some(thread::current().id()) {
        return Ok(());
    }
    let roll = crate::id::scramble(STATE.fetch_add(1, Ordering::Relaxed));
    if !roll.is_multiple_of(ONE_IN.load(Ordering::Relaxed).max(1)) {
        return Ok(());
    }
    INJECTED.fetch_add(1, Ordering::Relaxed);
    let errors = call.plausible();
    let pick = (roll >> 32) as usize % errors.len();
    Err(errors[pick].into())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes one system call in `one_in` of this OS thread fail, until it is dropped.
#[derive(Debug)]
pub struct Faults {
    _owner: MutexGuard<'static, ()>,
}

impl Faults {
    /// Arms the faults; a second caller waits until the first has dropped its value.
    pub fn arm(seed: u64, one_in: u64) -> Faults {
        let owner = lock(&OWNER);
        *lock(&TARGET) = Some(thread::current().id());
        STATE.store(seed << 20, Ordering::Relaxed);
        ONE_IN.store(one_in, Ordering::Relaxed);
        INJECTED.store(0, Ordering::Relaxed);
        ARMED.store(true, Ordering::Relaxed);
        Faults { _owner: owner }
    }

    /// How many faults were injected since this value was armed.
    pub fn injected(&self) -> u64 {
        INJECTED.load(Ordering::Relaxed)
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        ARMED.store(false, Ordering::Relaxed);
    }
}
