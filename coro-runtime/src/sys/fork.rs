//! Forked children: a poller belongs to the process that made it.
//!
//! After a bare `fork`, parent and child share one kernel object. A child that went on using it would take its
//! parent's events and registrations away, so every poller asks here first. The count of forks costs one relaxed
//! load to read; asking the kernel for the process id would cost a system call each time.

#![expect(unsafe_code, reason = "registers a function to be called in forked children")]

use std::io;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

extern "C" fn in_child() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// How many forks lie between the first process and this one; other than before if this is a forked child.
pub(crate) fn count() -> u32 {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: `in_child` only touches an atomic, so it may run in a forked child of a process with several
        // OS threads. If there is no memory to register it, children go unnoticed, which is no worse.
        let _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
    FORKS.load(Ordering::Relaxed)
}

/// Remembers in which process something was made.
#[derive(Debug)]
pub(crate) struct Owner {
    forks: u32,
}

impl Owner {
    /// The present process.
    pub(crate) fn this_process() -> Owner {
        Owner { forks: count() }
    }

    /// Refuses to go on in a forked child.
    ///
    /// # Errors
    /// `Unsupported`, in a child.
    #[inline]
    pub(crate) fn check(&self) -> io::Result<()> {
        if FORKS.load(Ordering::Relaxed) == self.forks {
            return Ok(());
        }
        let message =
            "this loop belongs to the parent process; after fork, call exec or _exit in the child";
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }
}
