//! Memory for the small things that come and go with threads, kept by the loop for the next ones.
//!
//! An allocator serves all sizes and all OS threads; this serves one of each, and costs a fraction. A block is an ordinary
//! box, so one that was taken in a loop may be given back in another, or outside any.

use std::cell::RefCell;
use std::fmt;
use std::mem::MaybeUninit;

use super::current;
use crate::raw::machine;

/// What a block holds. With the word that most allocators add, it fills a line of the cache.
pub(crate) type Block = MaybeUninit<[u64; 7]>;

/// How many blocks a loop keeps.
const SPARE: usize = 1024;

/// The blocks of one loop that are free.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "a block is lent out as its box, and stays where it is")]
pub(super) struct Blocks(RefCell<Vec<Box<Block>>>);

/// Takes a block.
#[inline]
pub(crate) fn take() -> Box<Block> {
    let spare = current::with_loop(|lp| lp.and_then(|lp| lp.blocks.take()));
    spare.unwrap_or_else(Box::new_uninit)
}

/// Gives a block back, from wherever.
#[inline]
pub(crate) fn give(block: Box<Block>) {
    current::with_loop(|lp| {
        let Some(lp) = lp else { return };
        let mut spare = lp.blocks.0.borrow_mut();
        if spare.len() < SPARE {
            spare.push(block);
        }
    });
}

impl Blocks {
    #[inline]
    fn take(&self) -> Option<Box<Block>> {
        let mut spare = self.0.borrow_mut();
        let block = spare.pop();
        if let Some(next) = spare.last() {
            // Who takes one often takes more.
            machine::prefetch(next.as_ptr().addr());
        }
        block
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blocks").field(&self.0.borrow().len()).finish()
    }
}
