//! Which slot an address lies in: a table of the process's chunks that signal handlers may read (`README.md`, section 5).
//!
//! Entries lie in blocks that are chained and never freed, so a reader needs neither a lock nor a guard. Each entry has one
//! writer at a time, the owner of its chunk.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

use super::colour;

/// How many entries a block has; the first one is static and suffices for most processes.
const BLOCK: usize = 64;

static FIRST: Block = Block::new();

#[derive(Debug)]
struct Block {
    entries: [Entry; BLOCK],
    next: OnceLock<Box<Block>>,
}

/// One chunk, or nothing.
#[derive(Debug)]
struct Entry {
    /// Whether somebody owns the entry; taken before anything is written to it, and given back last.
    owned: AtomicBool,
    /// The chunk's first address, 0 while the entry says nothing: written last, cleared first.
    start: AtomicUsize,
    end: AtomicUsize,
    stride: AtomicUsize,
    guard: AtomicUsize,
    size: AtomicUsize,
}

/// How a chunk is divided; lengths in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Division {
    pub(super) start: usize,
    pub(super) end: usize,
    /// From slot to slot.
    pub(super) stride: usize,
    pub(super) guard: usize,
    /// The size of each stack, as its class has it.
    pub(super) size: usize,
}

/// A slot of a living chunk; addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    /// The lowest address, of the guard.
    pub(crate) bottom: usize,
    /// The lowest address of the stack.
    pub(crate) limit: usize,
    /// One past the highest address of the stack.
    pub(crate) top: usize,
    /// One past the highest address of the slot.
    pub(crate) end: usize,
    /// The size of the stack, as its class has it.
    pub(crate) size: usize,
}

impl Division {
    /// The slot with this number; slots lie in a row.
    pub(super) fn slot(&self, number: usize) -> Slot {
        let bottom = self.start + number * self.stride;
        let end = bottom + self.stride;
        let top = end - colour::lowering(number);
        Slot { bottom, limit: bottom + self.guard, top, end, size: self.size }
    }

    pub(super) fn holds(&self, address: usize) -> bool {
        (self.start..self.end).contains(&address)
    }

    /// Whether any address from `first` to `last` lies in it.
    pub(super) fn meets(&self, first: usize, last: usize) -> bool {
        first < self.end && self.start <= last
    }

    /// The number of the slot in which `address` lies.
    pub(super) fn number_of(&self, address: usize) -> Option<usize> {
        self.holds(address).then(|| (address - self.start) / self.stride)
    }
}

impl Slot {
    /// Whether an address lies in the slot, guard included.
    pub(crate) fn contains(self, address: usize) -> bool {
        (self.bottom..self.end).contains(&address)
    }
}

/// Keeps a chunk in the table until it is dropped.
#[derive(Debug)]
pub(super) struct Listed(&'static Entry);

impl Drop for Listed {
    fn drop(&mut self) {
        self.0.start.store(0, Ordering::Relaxed);
        // Whoever owns the entry next writes to it after this.
        self.0.owned.store(false, Ordering::Release);
    }
}

/// Puts a chunk into the table.
pub(super) fn list(chunk: Division) -> Listed {
    let entry = claim();
    // A reader that sees any of what follows sees that the entry said nothing in between.
    fence(Ordering::Release);
    entry.end.store(chunk.end, Ordering::Relaxed);
    entry.stride.store(chunk.stride, Ordering::Relaxed);
    entry.guard.store(chunk.guard, Ordering::Relaxed);
    entry.size.store(chunk.size, Ordering::Relaxed);
    entry.start.store(chunk.start, Ordering::Release);
    Listed(entry)
}

/// The slot in which `address` lies, in whichever living chunk of the process; none, if it lies in no chunk.
///
/// It takes no lock and allocates nothing.
pub(crate) fn find(address: usize) -> Option<Slot> {
    let mut block = Some(&FIRST);
    while let Some(here) = block {
        if let Some(slot) = here.entries.iter().find_map(|entry| entry.slot_of(address)) {
            return Some(slot);
        }
        block = here.next.get().map(|next| &**next);
    }
    None
}

fn claim() -> &'static Entry {
    let mut block = &FIRST;
    loop {
        if let Some(entry) = block.entries.iter().find(|entry| entry.claim()) {
            return entry;
        }
        block = block.next.get_or_init(|| Box::new(Block::new()));
    }
}

impl Block {
    const fn new() -> Block {
        Block { entries: [const { Entry::new() }; BLOCK], next: OnceLock::new() }
    }
}

impl Entry {
    const fn new() -> Entry {
        Entry {
            owned: AtomicBool::new(false),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            stride: AtomicUsize::new(0),
            guard: AtomicUsize::new(0),
            size: AtomicUsize::new(0),
        }
    }

    fn claim(&self) -> bool {
        !self.owned.load(Ordering::Relaxed)
            && self
                .owned
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }

    /// What the entry says, if it says anything and that did not change meanwhile.
    fn read(&self) -> Option<Division> {
        let start = self.start.load(Ordering::Acquire);
        let division = Division {
            start,
            end: self.end.load(Ordering::Relaxed),
            stride: self.stride.load(Ordering::Relaxed),
            guard: self.guard.load(Ordering::Relaxed),
            size: self.size.load(Ordering::Relaxed),
        };
        fence(Ordering::Acquire);
        (start != 0 && self.start.load(Ordering::Relaxed) == start).then_some(division)
    }

    fn slot_of(&self, address: usize) -> Option<Slot> {
        let chunk = self.read()?;
        chunk.number_of(address).map(|number| chunk.slot(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses that no mapping has.
    const FAR: usize = 1 << 60;

    #[test]
    fn an_address_finds_its_slot_while_its_chunk_lives() {
        let chunk = Division { start: FAR, end: FAR + 3000, stride: 1000, guard: 100, size: 800 };
        let listed = list(chunk);
        let second = Slot {
            bottom: FAR + 1000,
            limit: FAR + 1100,
            top: FAR + 2000 - colour::lowering(1),
            end: FAR + 2000,
            size: 800,
        };
        assert_eq!(find(FAR + 1000), Some(second));
        assert_eq!(find(FAR + 1999), Some(second));
        assert_eq!(find(FAR + 3000), None);
        assert_eq!(find(FAR - 1), None);
        drop(listed);
        assert_eq!(find(FAR + 1000), None);
    }

    #[test]
    fn more_chunks_than_a_block_has_entries_are_all_found() {
        let base = FAR * 2;
        let chunk = |n: usize| Division {
            start: base + n * 1000,
            end: base + n * 1000 + 1000,
            stride: 500,
            guard: 1,
            size: 4,
        };
        let mut listed: Vec<_> = (0..3 * BLOCK).map(|n| list(chunk(n))).collect();
        let is_found = |n: usize| {
            find(base + n * 1000 + 700).is_some_and(|slot| slot.bottom == base + n * 1000 + 500)
        };
        assert!((0..3 * BLOCK).all(is_found));
        listed.truncate(BLOCK);
        assert!((0..BLOCK).all(is_found));
        assert!(!(BLOCK..3 * BLOCK).any(is_found));
    }
}
