//! The processor time of another process, from /proc.
//!
//! The scheduler's own account (`schedstat`) is exact to the nanosecond but knows one sum only. The division into user
//! and system time (`stat`) is sampled by the kernel at its tick; it is good as a proportion over many samples.

use std::fs;
use std::io;

use crate::Result;

/// A reading of the clocks of a process, or the difference of two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) total_ns: u64,
    pub(super) user_ticks: u64,
    pub(super) system_ticks: u64,
}

impl Usage {
    /// Returns what was used between `earlier` and this reading.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            total_ns: self.total_ns - earlier.total_ns,
            user_ticks: self.user_ticks - earlier.user_ticks,
            system_ticks: self.system_ticks - earlier.system_ticks,
        }
    }
}

/// Reads the clocks of a process, all its OS threads together.
pub(super) fn read(process: u32) -> Result<Usage> {
    let mut total_ns = 0;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread that has ended since the folder was listed has no file any more.
        if let Ok(schedstat) = fs::read_to_string(task?.path().join("schedstat")) {
            total_ns += first_number(&schedstat)?;
        }
    }
    let (user_ticks, system_ticks) = ticks(&fs::read_to_string(format!("/proc/{process}/stat"))?)?;
    Ok(Usage { total_ns, user_ticks, system_ticks })
}

fn first_number(schedstat: &str) -> Result<u64> {
    let first = schedstat.split_whitespace().next().ok_or_else(|| malformed("schedstat"))?;
    Ok(first.parse()?)
}

/// Parses the fields utime and stime, the 14th and 15th. The second field is a name in parentheses that may itself
/// contain blanks and parentheses, so counting starts after the last one.
fn ticks(stat: &str) -> Result<(u64, u64)> {
    let (_, fields) = stat.rsplit_once(')').ok_or_else(|| malformed("stat"))?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next().ok_or_else(|| malformed("stat"));
    Ok((next()?.parse()?, next()?.parse()?))
}

fn malformed(file: &str) -> io::Error {
    io::Error::other(format!("cannot read /proc: {file} has too few fields"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_an_awkward_name() {
        let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 111 222 0 0 20 0";
        assert_eq!(ticks(stat).unwrap(), (111, 222));
    }

    #[test]
    fn own_process_has_used_some_time() {
        let usage = read(std::process::id()).unwrap();
        assert!(usage.total_ns > 0);
        assert_eq!(usage.since(usage), Usage::default());
    }
}
