//! The memory of a process, as /proc tells it.

use std::fs;
use std::io;

use crate::Result;

/// What a process takes at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Memory {
    /// Bytes of resident memory.
    pub(super) resident: usize,
    /// Bytes of page tables.
    pub(super) page_tables: usize,
}

impl Memory {
    /// Reads that of a process.
    pub(super) fn of(process: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        Self::parse(&status).ok_or_else(|| "/proc/PID/status has no VmRSS and VmPTE".into())
    }

    fn parse(status: &str) -> Option<Self> {
        let bytes = |key: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(key))?;
            let kibibytes: usize = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kibibytes * 1024)
        };
        Some(Self { resident: bytes("VmRSS:")?, page_tables: bytes("VmPTE:")? })
    }

    /// Returns what was added since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            resident: self.resident.saturating_sub(before.resident),
            page_tables: self.page_tables.saturating_sub(before.page_tables),
        }
    }
}

/// Counts the mappings of a process.
pub(super) fn mappings(process: u32) -> io::Result<usize> {
    let maps = fs::read(format!("/proc/{process}/maps"))?;
    Ok(maps.iter().filter(|&&byte| byte == b'\n').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_lines_are_found() {
        let status = "Name:\tx\nVmHWM:\t  9 kB\nVmRSS:\t    1234 kB\nVmPTE:\t      8 kB\n";
        let memory = Memory { resident: 1234 * 1024, page_tables: 8192 };
        assert_eq!(Memory::parse(status), Some(memory));
        assert_eq!(Memory::parse("VmRSS:\t1 kB\n"), None);
    }

    #[test]
    fn this_process_has_memory_and_mappings() {
        let memory = Memory::of(std::process::id()).unwrap();
        assert!(memory.resident > 0 && memory.page_tables > 0);
        assert!(mappings(std::process::id()).unwrap() > 1);
    }
}
