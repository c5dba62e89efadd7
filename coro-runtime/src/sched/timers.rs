//! The timers: a binary heap of deadlines over a table of what they wake.
//!
//! Removing a timer empties its place in the table and leaves the heap alone; a dead heap entry is thrown away when
//! it comes up, or when more than half of the heap is dead and it is rebuilt.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use slab::Slab;

use super::registry::ThreadKey;

/// Below this many dead entries a rebuild is not worth it.
const REBUILD_AT: usize = 64;

/// What an expired timer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Ends the wait that holds this ticket.
    Wait { slot: u32, ticket: u64 },
    /// Marks a frame of a `timeout` call.
    Frame { thread: ThreadKey, frame: u64 },
}

/// Names an inserted timer, and only that one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerKey {
    index: u32,
    sequence: u64,
}

#[derive(Debug)]
struct Timer {
    sequence: u64,
    target: Target,
}

/// All timers of a loop. Equal deadlines expire in the order of insertion.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, u64, u32)>>,
    table: Slab<Timer>,
    next_sequence: u64,
}

impl Timers {
    pub(crate) fn insert(&mut self, deadline: Instant, target: Target) -> TimerKey {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let index = self.table.insert(Timer { sequence, target });
        let index = u32::try_from(index).expect("fewer than 2^32 timers fit into memory");
        self.heap.push(Reverse((deadline, sequence, index)));
        TimerKey { index, sequence }
    }

    /// Removes a timer; nothing happens if it has expired.
    pub(crate) fn remove(&mut self, key: TimerKey) {
        if !self.is_live(key.index, key.sequence) {
            return;
        }
        self.table.remove(key.index as usize);
        let dead = self.heap.len() - self.table.len();
        if dead > REBUILD_AT && dead > self.table.len() {
            self.rebuild();
        }
    }

    /// Takes out one timer whose deadline is not after `now`.
    pub(crate) fn pop_expired(&mut self, now: Instant) -> Option<Target> {
        let deadline = self.next_deadline()?;
        if deadline > now {
            return None;
        }
        let Reverse((_, _, index)) = self.heap.pop()?;
        Some(self.table.remove(index as usize).target)
    }

    /// The earliest deadline of a live timer.
    pub(crate) fn next_deadline(&mut self) -> Option<Instant> {
        while let Some(&Reverse((deadline, sequence, index))) = self.heap.peek() {
            if self.is_live(index, sequence) {
                return Some(deadline);
            }
            self.heap.pop();
        }
        None
    }

    /// The live timers, in the order in which they will expire.
    pub(crate) fn in_order(&self) -> Vec<(Instant, Target)> {
        let live = self
            .heap
            .iter()
            .filter(|Reverse((_, sequence, index))| self.is_live(*index, *sequence));
        let mut live: Vec<_> = live.map(|Reverse(entry)| *entry).collect();
        live.sort_unstable();
        let with_target = |(deadline, _, index): (Instant, u64, u32)| {
            Some((deadline, self.table.get(index as usize)?.target))
        };
        live.into_iter().filter_map(with_target).collect()
    }

    /// How many timers are live.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    fn is_live(&self, index: u32, sequence: u64) -> bool {
        self.table.get(index as usize).is_some_and(|timer| timer.sequence == sequence)
    }

    fn rebuild(&mut self) {
        let Timers { heap, table, .. } = self;
        heap.retain(|Reverse((_, sequence, index))| {
            table.get(*index as usize).is_some_and(|timer| timer.sequence == *sequence)
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn target(ticket: u64) -> Target {
        Target::Wait { slot: 0, ticket }
    }

    #[test]
    fn expire_in_order_of_deadline_then_insertion() {
        let start = Instant::now();
        let mut timers = Timers::default();
        for (ticket, millis) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
            timers.insert(start + Duration::from_millis(millis), target(ticket));
        }
        assert_eq!(timers.pop_expired(start), None);
        let end = start + Duration::from_millis(30);
        let order: Vec<_> = std::iter::from_fn(|| timers.pop_expired(end)).collect();
        assert_eq!(order, [target(2), target(4), target(3), target(1)]);
    }

    #[test]
    fn a_removed_timer_never_expires_and_its_place_is_reused_safely() {
        let start = Instant::now();
        let mut timers = Timers::default();
        let removed = timers.insert(start, target(1));
        timers.remove(removed);
        timers.insert(start, target(2));
        timers.remove(removed);
        assert_eq!(timers.pop_expired(start), Some(target(2)));
        assert_eq!(timers.pop_expired(start), None);
    }

    #[test]
    fn the_heap_does_not_grow_with_removed_timers() {
        let start = Instant::now();
        let mut timers = Timers::default();
        let kept = timers.insert(start, target(0));
        for ticket in 0..100_000 {
            let key = timers.insert(start + Duration::from_secs(ticket), target(ticket));
            timers.remove(key);
        }
        assert!(timers.heap.len() <= 2 * REBUILD_AT, "{} entries", timers.heap.len());
        assert!(timers.is_live(kept.index, kept.sequence));
    }
}
