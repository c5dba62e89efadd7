//! Placing the processes of the bench: which core, how many fds, and how long they live.
//!
//! Client and server get a core each where there are two, so that neither takes time from the other.

use std::io;

use rustix::process::{Resource, Rlimit, Signal};
use rustix::thread::CpuSet;

/// Who runs where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    pub(super) server: usize,
    pub(super) client: usize,
}

impl Placement {
    /// Gives the server the first and the client the last core that this process may use.
    pub(super) fn choose() -> io::Result<Self> {
        let set = rustix::thread::sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| set.is_set(core));
        let first = cores.next().unwrap_or(0);
        Ok(Self { server: first, client: cores.next_back().unwrap_or(first) })
    }
}

/// Moves the calling OS thread, and those it starts afterwards, to `core`.
pub(super) fn pin_to(core: usize) -> io::Result<()> {
    if core >= CpuSet::MAX_CPU {
        return Err(io::Error::other(format!(
            "core {core} is out of range: use less than {}",
            CpuSet::MAX_CPU
        )));
    }
    let mut set = CpuSet::new();
    set.set(core);
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

/// Raises the soft limit of open files to the hard one: a thousand connections come close to the usual 1,024.
pub(super) fn raise_fd_limit() -> io::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    Ok(rustix::process::setrlimit(Resource::Nofile, raised)?)
}

/// Has the kernel kill this process when the one that started it is gone, so that no server outlives its bench.
pub(super) fn die_with_parent() -> io::Result<()> {
    Ok(rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?)
}
