//! The stacks of one size and guard: chunks that grow by doubling, a warm list of free stacks, the low mark by which idle ones
//! are let go, and the steps in which they go (`README.md`, sections 2 and 3).

use std::collections::VecDeque;
use std::io;

use super::pool::{ClassUsage, Shape};
use super::stack::{Chunk, Stack};

/// The first chunk of a class has this many slots, or as many as fit into `FIRST_BYTES`, but one at least.
const FIRST_SLOTS: usize = 16;
const FIRST_BYTES: usize = 16 << 20;
/// The most address space that one chunk reserves, unless a single slot takes more.
const CHUNK_BYTES: usize = 2 << 30;
/// A class whose low mark is no higher keeps its free stacks: this many, or as many as fit into `KEPT_BYTES`.
const KEPT: usize = 16;
const KEPT_BYTES: usize = 4 << 20;
/// A larger stack is unmapped as soon as nobody uses it: it is likely to have been wanted once, and the address space that it
/// takes may be missing for the next. Each has a chunk of its own.
const LARGEST_KEPT: usize = 1 << 30;
/// How many stacks are sorted at once, to be let go.
const BATCH: usize = 256;
/// What one step of trimming lets go at most, if all of it is in memory: 2,048 pages, for which a kernel takes half a
/// millisecond.
const STEP_BYTES: usize = 8 << 20;
/// What one step unmaps at most, in slots and in bytes. Where guards are mappings of their own, each slot takes the kernel 3 µs; where they are marks,
/// each page of a guard takes 15 ns.
const STEP_SLOTS: usize = 128;
const STEP_SPACE: usize = 128 << 20;

#[derive(Debug)]
pub(super) struct Class {
    /// What was wanted when a stack of this class was last taken; the next wish is likely to be the same.
    pub(super) wanted: Shape,
    /// A power of two.
    size: usize,
    /// In whole pages.
    guard: usize,
    /// Its place among the pool's classes.
    index: u16,
    chunks: Vec<Chunk>,
    /// Free stacks with memory; the last was given back last.
    warm: VecDeque<Stack>,
    /// How many slots of all chunks are cold.
    cold: usize,
    /// The least length of `warm` in this era.
    low: usize,
    /// How many of the first in `warm` are to be let go: they were not needed in the last era.
    due: usize,
    /// Free stacks that are being let go, by address; the last goes first.
    going: Vec<Stack>,
    /// How many bytes of the last in `going` have been released already.
    released: usize,
    /// A chunk of which nothing is used, while it is unmapped.
    leaving: Option<Chunk>,
    /// Whether a trimming is under way.
    trims: bool,
}

impl Class {
    pub(super) fn new(shape: Shape, size: usize, guard: usize, index: u16) -> Class {
        Class {
            wanted: shape,
            size,
            guard,
            index,
            chunks: Vec::new(),
            warm: VecDeque::new(),
            cold: 0,
            low: 0,
            due: 0,
            going: Vec::new(),
            released: 0,
            leaving: None,
            trims: false,
        }
    }

    pub(super) fn is(&self, size: usize, guard: usize) -> bool {
        (self.size, self.guard) == (size, guard)
    }

    /// Whether it has no memory at all.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.leaving.is_none()
    }

    /// The stack that was given back last, if one is warm.
    #[inline(always)]
    pub(super) fn take_warm(&mut self) -> Option<Stack> {
        let stack = self.warm.pop_back()?;
        self.low = self.low.min(self.warm.len());
        if let Some(next) = self.warm.back() {
            // Who takes one often takes more.
            next.prefetch();
        }
        Some(stack)
    }

    #[inline(always)]
    pub(super) fn give(&mut self, stack: Stack) {
        self.warm.push_back(stack);
        if self.size > LARGEST_KEPT {
            self.trim();
        }
    }

    /// A stack: one that has memory, a cold one, or one that was never used.
    pub(super) fn take(&mut self) -> io::Result<Stack> {
        match self.take_warm().or_else(|| self.take_going()).or_else(|| self.take_cold()) {
            Some(stack) => Ok(stack),
            None => self.open(),
        }
    }

    /// One that was about to be let go.
    fn take_going(&mut self) -> Option<Stack> {
        self.released = 0;
        self.going.pop()
    }

    /// One of the oldest chunk that has one, so that those after it may become empty.
    fn take_cold(&mut self) -> Option<Stack> {
        if self.cold == 0 {
            return None;
        }
        let stack = self.chunks.iter_mut().find_map(|chunk| chunk.reopen_slot(self.index))?;
        self.cold -= 1;
        Some(stack)
    }

    /// Opens a slot that was never used, in the newest chunk or a new one.
    fn open(&mut self) -> io::Result<Stack> {
        if let Some(newest) = self.chunks.last_mut()
            && let Some(stack) = newest.open_slot(self.index)?
        {
            return Ok(stack);
        }
        let mut chunk = self.map_chunk()?;
        let stack = chunk.open_slot(self.index)?;
        self.chunks.push(chunk);
        Ok(stack.expect("a new chunk has an unopened slot"))
    }

    /// A chunk with as many slots as there are already, or with as many as the system gives.
    fn map_chunk(&self) -> io::Result<Chunk> {
        let fitting = |bytes: usize| (bytes / self.size.saturating_add(self.guard)).max(1);
        let present: usize = self.chunks.iter().map(Chunk::slots).sum();
        let wanted = present.max(FIRST_SLOTS.min(fitting(FIRST_BYTES)));
        let mut slots = wanted.min(fitting(CHUNK_BYTES)) as u32;
        loop {
            match Chunk::map(self.size, self.guard, slots) {
                Err(_) if slots > 1 => slots /= 2,
                outcome => return outcome,
            }
        }
    }

    /// How many free stacks do not count as too many.
    fn kept(&self) -> usize {
        KEPT.min(KEPT_BYTES / self.size)
    }

    /// Whether it has something to let go, now or perhaps at the end of the era.
    #[inline]
    pub(super) fn has_surplus(&self) -> bool {
        self.trims || self.warm.len() > self.kept()
    }

    /// Forgets the last era.
    pub(super) fn begin_era(&mut self) {
        self.low = self.warm.len();
    }

    /// Says that what was not needed in this era can go, and begins the next one.
    pub(super) fn end_era(&mut self) {
        if self.low > self.kept() {
            self.due = self.low;
            self.trims = true;
        }
        self.begin_era();
    }

    /// Whether `trim` has something to do.
    pub(super) fn has_free(&self) -> bool {
        let stacks = self.warm.len() + self.going.len();
        stacks > 0 || self.leaving.is_some() || self.chunks.iter().any(Chunk::is_empty)
    }

    /// Whether there is something to let go now.
    pub(super) fn trims(&self) -> bool {
        self.trims
    }

    /// Lets go of a piece of what is due: what one call of the system can do in a millisecond.
    pub(super) fn step(&mut self) {
        if self.going.is_empty() {
            self.pick_batch();
        }
        if !self.going.is_empty() {
            self.cool_piece();
            return;
        }
        self.trims = self.unmap_piece();
        if !self.trims {
            self.warm.shrink_to(2 * self.warm.len());
        }
    }

    /// Takes the next ones that are due off the list.
    fn pick_batch(&mut self) {
        self.due = self.due.min(self.warm.len());
        let batch = self.due.min(BATCH);
        self.due -= batch;
        self.low = self.low.saturating_sub(batch);
        self.going.extend(self.warm.drain(..batch));
        self.going.sort_unstable_by_key(Stack::address);
    }

    /// Releases the last neighbours of those that are going, or a part of a large one.
    fn cool_piece(&mut self) {
        if let Some(large) = self.going.last_mut()
            && self.size - self.released > STEP_BYTES
        {
            large.release_part(self.released, STEP_BYTES);
            self.released += STEP_BYTES;
            return;
        }
        let mut runs = self.going.chunk_by(Stack::is_just_below);
        let run = runs.next_back().map_or(0, <[Stack]>::len);
        let count = run.min((STEP_BYTES / self.size).max(1));
        let piece = self.going.split_off(self.going.len() - count);
        self.released = 0;
        self.cool(piece);
    }

    /// Unmaps a piece of a chunk of which nothing is used; false if there is none, or the kernel refuses.
    fn unmap_piece(&mut self) -> bool {
        let leaving = self.leaving.take().or_else(|| self.take_empty_chunk());
        let Some(mut chunk) = leaving else { return false };
        let piece = STEP_SPACE.min(STEP_SLOTS.saturating_mul(chunk.division().stride));
        let went = chunk.unmap_last(piece);
        self.leaving = Some(chunk).filter(|chunk| chunk.reserved() > 0);
        went
    }

    /// Unmaps all chunks of which nothing is used; one that the kernel keeps is tried again the next time, and those after it.
    fn unmap_all(&mut self) {
        let chunks = std::mem::take(&mut self.chunks);
        let (empty, used) = chunks.into_iter().partition::<Vec<_>, _>(Chunk::is_empty);
        self.chunks = used;
        self.cold = self.chunks.iter().map(Chunk::cold).sum();
        for mut chunk in self.leaving.take().into_iter().chain(empty) {
            if self.leaving.is_some() {
                self.cold += chunk.cold();
                self.chunks.push(chunk);
            } else if !chunk.unmap_last(usize::MAX) {
                self.leaving = Some(chunk);
            }
        }
    }

    /// Lets go of all that is free.
    pub(super) fn trim(&mut self) {
        (self.due, self.low, self.released, self.trims) = (0, 0, 0, false);
        let mut stacks = std::mem::take(&mut self.going);
        stacks.extend(std::mem::take(&mut self.warm));
        stacks.sort_unstable_by_key(Stack::address);
        self.cool(stacks);
        self.unmap_all();
    }

    /// Gives free stacks, ordered by address, back to their chunks: all of them, or neighbours.
    fn cool(&mut self, stacks: Vec<Stack>) {
        self.cold += stacks.len();
        let mut owners: Vec<&mut Chunk> = match (stacks.first(), stacks.last()) {
            (Some(first), Some(last)) => {
                let (first, last) = (first.address(), last.address());
                let chunks = self.chunks.iter_mut();
                chunks.filter(|chunk| chunk.division().meets(first, last)).collect()
            }
            _ => return,
        };
        owners.sort_unstable_by_key(|chunk| chunk.division().start);
        let (mut owners, mut stacks) = (owners.into_iter(), stacks.into_iter().peekable());
        while let Some(stack) = stacks.peek() {
            let address = stack.address();
            let owner = owners.find(|chunk| chunk.division().holds(address));
            let owner = owner.expect("a stack comes back to the pool that it was taken from");
            let division = owner.division();
            owner.cool(std::iter::from_fn(|| {
                stacks.next_if(|stack| division.holds(stack.address()))
            }));
        }
    }

    /// Takes a chunk of which nothing is used off the list, if there is one.
    fn take_empty_chunk(&mut self) -> Option<Chunk> {
        let index = self.chunks.iter().position(Chunk::is_empty)?;
        let chunk = self.chunks.remove(index);
        self.cold -= chunk.cold();
        Some(chunk)
    }

    pub(super) fn usage(&self) -> ClassUsage {
        let opened: usize = self.chunks.iter().map(Chunk::opened).sum();
        let pooled = self.warm.len() + self.going.len() + self.cold;
        ClassUsage {
            size: self.size,
            guard: self.guard,
            reserved: self.chunks.iter().chain(&self.leaving).map(Chunk::reserved).sum(),
            committed: self.chunks.iter().map(Chunk::committed).sum(),
            in_use: opened - pooled,
            pooled,
        }
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        self.trim();
        // A stack that is still out, perhaps with borrowed data on it, keeps its chunk mapped for ever.
        self.chunks.drain(..).for_each(std::mem::forget);
    }
}
