//! A loop's stacks: one slab per size class, and a warm last-in-first-out list of free slots in each.
//!
//! A stack that was just used is the one whose pages are mapped and cached, so it is handed out next.

use std::io;

use super::stack::{Chunk, MIN_STACK_SIZE, Stack};

/// The first chunk of a class has this many slots; each further one doubles, up to the byte limit.
const FIRST_SLOTS: u32 = 16;
/// The most address space that one chunk reserves.
const CHUNK_BYTES: usize = 1 << 30;

/// All stacks of one loop.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    /// By the binary logarithm of the stack size.
    classes: Vec<Option<Class>>,
    in_use: usize,
}

#[derive(Debug)]
struct Class {
    size: usize,
    chunks: Vec<Chunk>,
    /// Stacks that are not in use; the last was given back last.
    free: Vec<Stack>,
}

impl Pool {
    /// Hands out a stack of at least `size` bytes.
    ///
    /// # Errors
    /// `InvalidInput` for a size below the minimum or beyond the address space, `OutOfMemory` when the system has no
    /// more memory or mappings to give. The pool is unchanged then.
    pub(crate) fn take(&mut self, size: usize) -> io::Result<Stack> {
        let (index, size) = class_of(size)?;
        if self.classes.len() <= index {
            self.classes.resize_with(index + 1, || None);
        }
        let class = self.classes[index].get_or_insert_with(|| Class {
            size,
            chunks: Vec::new(),
            free: Vec::new(),
        });
        let stack = class.take(index as u8)?;
        self.in_use += 1;
        Ok(stack)
    }

    /// Takes back a stack on which nothing runs any more.
    pub(crate) fn give(&mut self, stack: Stack) {
        let class = self.classes[usize::from(stack.class)].as_mut();
        let class = class.expect("the stack came from this pool, so its class exists");
        class.free.push(stack);
        self.in_use -= 1;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.in_use > 0 {
            // A stack is still out, perhaps with borrowed data on it: its chunk must stay mapped for ever.
            std::mem::forget(std::mem::take(&mut self.classes));
        }
    }
}

impl Class {
    #[inline]
    fn take(&mut self, class: u8) -> io::Result<Stack> {
        match self.free.pop() {
            Some(stack) => Ok(stack),
            None => self.open(class),
        }
    }

    /// Opens a slot that was never used, in the newest chunk or a new one.
    #[cold]
    fn open(&mut self, class: u8) -> io::Result<Stack> {
        if let Some(newest) = self.chunks.last_mut()
            && let Some(stack) = newest.open_slot(class)?
        {
            return Ok(stack);
        }
        let mut chunk = self.map_chunk()?;
        let stack = chunk.open_slot(class)?;
        self.chunks.push(chunk);
        Ok(stack.expect("a new chunk has an unopened slot"))
    }

    fn map_chunk(&self) -> io::Result<Chunk> {
        let most = (CHUNK_BYTES / self.size).clamp(1, 1 << 16) as u32;
        let doubled = FIRST_SLOTS.saturating_mul(1 << self.chunks.len().min(16));
        match Chunk::map(self.size, doubled.min(most)) {
            // Perhaps a smaller piece of address space can still be had.
            Err(_) if doubled.min(most) > 1 => Chunk::map(self.size, 1),
            outcome => outcome,
        }
    }
}

/// The class of a wanted size: its index and the size its stacks have.
fn class_of(wanted: usize) -> io::Result<(usize, usize)> {
    if wanted < MIN_STACK_SIZE {
        let message = format!("stack of {wanted} bytes is below the minimum of {MIN_STACK_SIZE}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    // No allocation can be larger than `isize::MAX`.
    match wanted.checked_next_power_of_two().filter(|size| isize::try_from(*size).is_ok()) {
        Some(size) => Ok((size.trailing_zeros() as usize, size)),
        None => {
            let message =
                format!("stack of {wanted} bytes is larger than the address space; ask for less");
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use corosensei::stack::Stack as _;

    use super::*;

    #[test]
    fn the_stack_freed_last_is_handed_out_first() {
        let mut pool = Pool::default();
        let first = pool.take(MIN_STACK_SIZE).expect("a stack");
        let second = pool.take(MIN_STACK_SIZE).expect("a stack");
        let address = second.base();
        pool.give(first);
        pool.give(second);
        assert_eq!(pool.take(MIN_STACK_SIZE).expect("a stack").base(), address);
        pool.in_use -= 1;
    }

    #[test]
    fn slots_do_not_overlap_and_tops_are_coloured() {
        let mut pool = Pool::default();
        let stacks: Vec<Stack> =
            (0..300).map(|_| pool.take(MIN_STACK_SIZE).expect("a stack")).collect();
        let mut ranges: Vec<_> =
            stacks.iter().map(|stack| (stack.limit().get(), stack.base().get())).collect();
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        let sets: std::collections::HashSet<_> =
            ranges.iter().map(|range| range.1 % 4096 / 64).collect();
        assert!(sets.len() >= 16, "{} cache sets", sets.len());
        stacks.into_iter().for_each(|stack| pool.give(stack));
    }

    #[test]
    fn sizes_out_of_range_are_refused_with_the_number() {
        let mut pool = Pool::default();
        for size in [0, 4096, usize::MAX, usize::MAX / 2 + 2] {
            let error = pool.take(size).expect_err("the size is out of range");
            assert!(error.to_string().contains(&size.to_string()), "{error}");
        }
        let error = pool.take(1 << 60).expect_err("no machine has that much address space");
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert!(pool.take(MIN_STACK_SIZE).is_ok(), "the pool still works");
        pool.in_use -= 1;
    }
}
