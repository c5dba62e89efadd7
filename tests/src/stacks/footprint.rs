//! What the process takes at one moment.

use std::fmt;

use coro::stack;

use crate::process;

/// Lengths in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Memory of the whole process.
    pub resident: usize,
    /// Memory of stacks.
    pub committed: usize,
    /// Address space of stacks.
    pub reserved: usize,
    /// How many stacks are in use.
    pub in_use: usize,
    /// How many mappings the process has.
    pub mappings: usize,
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Footprint { resident, committed, reserved, in_use, mappings } = self;
        write!(
            f,
            "{resident} KiB resident; stacks: {in_use} in use, {committed} KiB committed, {reserved} KiB reserved; {mappings} mappings"
        )
    }
}

impl Footprint {
    /// What is left when the stacks have given back what they can.
    pub(super) fn after_trim() -> Footprint {
        stack::trim();
        let usage = stack::usage();
        Footprint {
            resident: process::resident_kib() as usize,
            committed: usage.committed() / 1024,
            reserved: usage.reserved() / 1024,
            in_use: usage.in_use(),
            mappings: process::mappings(),
        }
    }

    /// Compares with what there was at the start, when as many lived: memory must not be more than a twentieth above that.
    ///
    /// Address space that is pinned by those who live is a matter of chance; it must not become more and more.
    pub(super) fn check(self, start: Footprint) -> Result<(), String> {
        let twentieth = |n: usize| n + n / 20;
        for (what, now, then, most) in [
            ("KiB are resident", self.resident, start.resident, twentieth(start.resident)),
            ("KiB are committed", self.committed, start.committed, twentieth(start.committed)),
            ("KiB are reserved", self.reserved, start.reserved, 2 * start.reserved),
            ("stacks are in use", self.in_use, start.in_use, start.in_use),
            ("mappings exist", self.mappings, start.mappings, 2 * start.mappings),
        ] {
            if now > most {
                return Err(format!("{now} {what}; after the first round it was {then}"));
            }
        }
        Ok(())
    }

    /// When nobody lives, stacks take nothing.
    pub(super) fn check_empty(self) -> Result<(), String> {
        match self {
            Footprint { committed: 0, reserved: 0, in_use: 0, .. } => Ok(()),
            left => Err(format!("all have ended, and there is left {left}")),
        }
    }
}
