//! Room for everything but stacks.
//!
//! Where address space is limited (`ulimit -v`, `ulimit -d`, strict overcommit), stacks could take all of it. Then the next
//! allocation would fail, and Rust aborts a process whose allocation fails. So a chunk is kept only if the system would
//! have given some more beside it: that much is left for the heap when stacks are refused.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The least that must be left, in bytes.
const LEAST: usize = 16 << 20;
/// What must be left grows with what stacks take, for each thread has its share of the heap; up to this.
const MOST: usize = 1 << 30;
const SHARE: usize = 8;
/// What std's tables for a backtrace take beside the program's file and half as much: 45 MiB in all were measured for a
/// program of 4 MiB, 71 for 19, 348 for 278.
const TABLES: usize = 64 << 20;

/// How many bytes the chunks of this process take.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// How many bytes must be left beside a new chunk.
pub(super) fn beside(chunk: usize) -> usize {
    share_of(TAKEN.load(Ordering::Relaxed).saturating_add(chunk)) + for_backtrace()
}

/// What a panic takes that prints a backtrace, as whoever spawns without looking for errors does when stacks are refused: std
/// maps the program's file for it, which debug information makes large, and reads it into tables. (Shared libraries with as
/// much debug information are not reckoned with.)
pub(super) fn for_backtrace() -> usize {
    static BYTES: OnceLock<usize> = OnceLock::new();
    *BYTES.get_or_init(|| {
        if std::env::var_os("RUST_BACKTRACE").is_none_or(|value| value == "0") {
            return 0;
        }
        let file = std::env::current_exe().and_then(std::fs::metadata);
        let length = file.map_or(0, |file| file.len() as usize);
        (length + length / 2 + TABLES).next_multiple_of(LEAST)
    })
}

fn share_of(taken: usize) -> usize {
    (taken / SHARE).clamp(LEAST, MOST).next_multiple_of(LEAST)
}

/// Notes that a chunk was mapped.
pub(super) fn note_mapped(chunk: usize) {
    TAKEN.fetch_add(chunk, Ordering::Relaxed);
}

/// Notes that a chunk was unmapped.
pub(super) fn note_unmapped(chunk: usize) {
    TAKEN.fetch_sub(chunk, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_grows_with_the_stacks_between_its_bounds() {
        assert_eq!(share_of(4096), LEAST);
        assert_eq!(share_of(1 << 30), 1 << 27);
        assert_eq!(share_of(1 << 50), MOST);
        assert_eq!(share_of((1 << 30) + 4096) % LEAST, 0);
    }
}
