//! The stacks of one size and guard: chunks that grow by doubling, a warm list of free stacks, and the low mark by which idle
//! ones are let go (`README.md`, sections 2 and 3).

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
/// What one step of trimming lets go at most: so many stacks, or so many bytes if they are all in memory; one stack at least.
const STEP_STACKS: usize = 256;
const STEP_BYTES: usize = 64 << 20;

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
            trims: false,
        }
    }

    pub(super) fn is(&self, size: usize, guard: usize) -> bool {
        (self.size, self.guard) == (size, guard)
    }

    /// Whether it has no memory at all.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
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

    /// A stack: a warm one, a cold one, or one that was never used.
    pub(super) fn take(&mut self) -> io::Result<Stack> {
        match self.take_warm().or_else(|| self.take_cold()) {
            Some(stack) => Ok(stack),
            None => self.open(),
        }
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
        let fitting = |bytes: usize| (bytes / self.size).max(1);
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

    /// Lets a portion of what is due go; whether there was something.
    pub(super) fn step(&mut self) -> bool {
        self.due = self.due.min(self.warm.len());
        let portion = self.due.min(STEP_STACKS.min(STEP_BYTES / self.size).max(1));
        if portion > 0 {
            self.due -= portion;
            self.low = self.low.saturating_sub(portion);
            self.cool(portion);
            return true;
        }
        self.trims = self.drop_empty_chunk();
        if !self.trims {
            self.warm.shrink_to(2 * self.warm.len());
        }
        self.trims
    }

    /// Lets go of all that is free.
    pub(super) fn trim(&mut self) {
        (self.due, self.low, self.trims) = (0, 0, false);
        self.cool(self.warm.len());
        while self.drop_empty_chunk() {}
        self.warm.shrink_to_fit();
    }

    /// Gives the first `count` warm stacks back to their chunks.
    fn cool(&mut self, count: usize) {
        let mut stacks: Vec<Stack> = self.warm.drain(..count).collect();
        stacks.sort_unstable_by_key(Stack::address);
        self.cold += stacks.len();
        let mut stacks = stacks.into_iter().peekable();
        while let Some(stack) = stacks.peek() {
            let address = stack.address();
            let owner = self.chunks.iter_mut().find(|chunk| chunk.division().holds(address));
            let owner = owner.expect("a stack comes back to the pool that it was taken from");
            let division = owner.division();
            let next = || stacks.next_if(|stack| division.holds(stack.address()));
            owner.cool(std::iter::from_fn(next));
        }
    }

    /// Unmaps a chunk of which nothing is used, if there is one.
    fn drop_empty_chunk(&mut self) -> bool {
        let Some(index) = self.chunks.iter().position(Chunk::is_empty) else { return false };
        self.cold -= self.chunks.remove(index).cold();
        true
    }

    pub(super) fn usage(&self) -> ClassUsage {
        let opened: usize = self.chunks.iter().map(Chunk::opened).sum();
        let pooled = self.warm.len() + self.cold;
        ClassUsage {
            size: self.size,
            guard: self.guard,
            reserved: self.chunks.iter().map(Chunk::reserved).sum(),
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
