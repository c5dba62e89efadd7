//! Numbers that name things, and the mixing function that spreads them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A unique identifier of a thread, as [`std::thread::ThreadId`] is for OS threads.
///
/// It is never used again in this process, not even after the thread has ended.
///
/// # Examples
/// ```
/// coro::run(|| {
///     let other = coro::thread::spawn(|| coro::thread::current().id());
///     assert_ne!(coro::thread::current().id(), other.join().expect("the thread ends"));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThreadId(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Coro(u64),
    Os(std::thread::ThreadId),
}

impl ThreadId {
    pub(crate) fn of_coro_thread(number: u64) -> ThreadId {
        ThreadId(Kind::Coro(number))
    }

    pub(crate) fn of_os_thread(id: std::thread::ThreadId) -> ThreadId {
        ThreadId(Kind::Os(id))
    }
}

impl fmt::Debug for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Coro(number) => write!(f, "ThreadId({number})"),
            Kind::Os(id) => write!(f, "Os{id:?}"),
        }
    }
}

/// The first number that no loop has reserved yet; 0 is never given out.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// How many numbers a loop reserves at a time, so that a local spawn touches no atomic.
const BLOCK: u64 = 1024;

/// A loop's private stock of thread numbers.
#[derive(Debug, Default)]
pub(crate) struct IdBlock {
    next: std::cell::Cell<u64>,
    end: std::cell::Cell<u64>,
}

impl IdBlock {
    pub(crate) fn take(&self) -> u64 {
        if self.next.get() == self.end.get() {
            let start = NEXT.fetch_add(BLOCK, Ordering::Relaxed);
            self.next.set(start);
            self.end.set(start + BLOCK);
        }
        let id = self.next.get();
        self.next.set(id + 1);
        id
    }
}

/// Mixes a counter into a number whose bits look random (the finisher of splitmix64).
pub(crate) fn scramble(counter: u64) -> u64 {
    let mut z = counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_never_overlap() {
        let (one, two) = (IdBlock::default(), IdBlock::default());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..3000 {
            assert!(seen.insert(one.take()));
            assert!(seen.insert(two.take()));
        }
    }
}
