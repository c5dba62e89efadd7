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
    let status = fs::read_to_string("/proc/self/status").expect("the system has /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    let number = number.and_then(|number| number.parse().ok());
    number.expect("the status of a process tells its resident size")
}
