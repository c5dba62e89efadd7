//! A look at this process from outside: its open files and its memory.

use std::fs;

/// How many file descriptors this process has open.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn open_fds() -> usize {
    let entries = fs::read_dir("/proc/self/fd").expect("the system has /proc");
    // The folder itself was open while it was read.
    entries.count() - 1
}

/// How much memory of this process is resident, in KiB.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn resident_kib() -> u64 {
    status("VmRSS:")
}

/// How much memory of this process was resident at most, in KiB.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn peak_resident_kib() -> u64 {
    status("VmHWM:")
}

/// How much address space this process has mapped, in KiB.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn mapped_kib() -> u64 {
    status("VmSize:")
}

/// How much address space this process may write to and has for itself, in KiB: what `ulimit -d` limits.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn data_kib() -> u64 {
    status("VmData:")
}

/// How many times this OS thread has given up its processor because it had to wait.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn voluntary_switches() -> u64 {
    number_in("/proc/thread-self/status", "voluntary_ctxt_switches:")
}

/// How many mappings this process has.
///
/// # Panics
/// If the system has no `/proc`.
#[must_use]
pub fn mappings() -> usize {
    fs::read_to_string("/proc/self/maps").expect("the system has /proc").lines().count()
}

/// A number in the status of this process.
fn status(name: &str) -> u64 {
    number_in("/proc/self/status", name)
}

fn number_in(path: &str, name: &str) -> u64 {
    let status = fs::read_to_string(path).expect("the system has /proc");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    let number = number.and_then(|number| number.parse().ok());
    number.expect("the status of a process has this line")
}
