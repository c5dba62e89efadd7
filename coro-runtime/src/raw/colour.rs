//! The colours of stacks: by how much the top of each slot is lowered.
//!
//! Slots lie whole pages apart. If all stacks began at the end of theirs, the few lines that a turn touches would fall into
//! the same few sets of the cache in all of them, and most of the cache would lie idle.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How far apart two neighbours' tops are moved, in bytes, and how many steps there are; all steps together are less than a
/// page.
const STEP: usize = 192;
const COLOURS: usize = 16;

/// `STEP`, or 0 while somebody measures what colours are good for.
static PRESENT_STEP: AtomicUsize = AtomicUsize::new(STEP);

/// By how many bytes the top of the slot with this number is lowered.
pub(super) fn lowering(number: usize) -> usize {
    number % COLOURS * PRESENT_STEP.load(Ordering::Relaxed)
}

/// Says whether stacks have colours; only to be changed while the process has no stacks.
pub(crate) fn set_coloured(coloured: bool) {
    PRESENT_STEP.store(if coloured { STEP } else { 0 }, Ordering::Relaxed);
}
