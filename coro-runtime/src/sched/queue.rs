//! The waiters of a lock or a condition, in the order in which they came.
//!
//! An entry leaves by `pop` (it was notified) or by `remove` (its wait ended otherwise), never by both, and who
//! comes second finds it gone: that is how a notification is neither lost nor given twice. The queue itself is plain
//! data; its owner keeps it under a short lock, because waiters may belong to several OS threads.

use std::collections::VecDeque;

use super::wait::Waiter;

/// A number that no waiter ever has.
pub(crate) const NOBODY: u64 = u64::MAX;

/// Waiters with a number each; `W` is a waiter, perhaps with what it asks for.
#[derive(Debug)]
pub(crate) struct WaitQueue<W = Waiter> {
    /// Ascending by number. A removed entry stays as a hole until it reaches the front.
    entries: VecDeque<(u64, Option<W>)>,
    next: u64,
    len: usize,
}

impl<W> WaitQueue<W> {
    pub(crate) const fn new() -> WaitQueue<W> {
        WaitQueue { entries: VecDeque::new(), next: 0, len: 0 }
    }

    /// Adds a waiter at the end; the number is for `remove`.
    pub(crate) fn push(&mut self, waiter: W) -> u64 {
        let number = self.next;
        self.next += 1;
        self.entries.push_back((number, Some(waiter)));
        self.len += 1;
        number
    }

    /// Takes out the longest waiting.
    pub(crate) fn pop(&mut self) -> Option<(u64, W)> {
        while let Some((number, waiter)) = self.entries.pop_front() {
            if let Some(waiter) = waiter {
                self.len -= 1;
                return Some((number, waiter));
            }
        }
        None
    }

    /// The longest waiting, who stays.
    pub(crate) fn front(&mut self) -> Option<&W> {
        while let Some((_, None)) = self.entries.front() {
            self.entries.pop_front();
        }
        self.entries.front().and_then(|entry| entry.1.as_ref())
    }

    /// Takes out everybody who waits now.
    pub(crate) fn take_all(&mut self) -> WaitQueue<W> {
        // The numbers go on, so that no later entry is taken for one of these.
        let next = WaitQueue { next: self.next, ..WaitQueue::new() };
        std::mem::replace(self, next)
    }

    /// Takes a waiter out; false if `pop` was faster.
    pub(crate) fn remove(&mut self, number: u64) -> bool {
        let Ok(position) = self.entries.binary_search_by_key(&number, |entry| entry.0) else {
            return false;
        };
        let removed = self.entries[position].1.take().is_some();
        self.len -= usize::from(removed);
        if self.entries.len() > 2 * self.len + 16 {
            self.entries.retain(|entry| entry.1.is_some());
        }
        removed
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_leaves_exactly_once() {
        let mut queue = WaitQueue::new();
        let numbers: Vec<u64> = (0..5).map(|_| queue.push(Waiter::of_no_one())).collect();
        assert!(queue.remove(numbers[0]));
        assert!(!queue.remove(numbers[0]));
        assert!(queue.remove(numbers[2]));
        assert!(queue.front().is_some());
        let popped: Vec<u64> = std::iter::from_fn(|| queue.pop().map(|entry| entry.0)).collect();
        assert_eq!(popped, [1, 3, 4]);
        assert!(!queue.remove(numbers[3]));
        assert!(queue.is_empty() && queue.front().is_none());
    }

    #[test]
    fn removed_entries_do_not_pile_up() {
        let mut queue = WaitQueue::new();
        queue.push(Waiter::of_no_one());
        for _ in 0..10_000 {
            let number = queue.push(Waiter::of_no_one());
            assert!(queue.remove(number));
        }
        assert!(queue.entries.len() <= 19, "{} entries", queue.entries.len());
        assert_eq!(queue.len(), 1);
    }
}
