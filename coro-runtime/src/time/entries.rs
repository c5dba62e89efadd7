//! The entries of an event list: two heaps of times, one for each clock, over a table of values.
//!
//! Removing an entry takes its value out of the table and leaves the heaps alone, but for their tops, which are always
//! live. The heaps are rebuilt when more than half of what they hold is dead.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use super::wall::Clocks;

/// Below this many dead times a rebuild is not worth it.
const REBUILD_AT: usize = 64;

/// The number of the next entry, of whatever list: so a key fits one list only, and never fits again.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// When an entry is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    At(Instant),
    /// By the wall clock.
    Absolute(SystemTime),
    Never,
}

/// Earliest first; among equal times, the one inserted first.
type Heap<Time> = BinaryHeap<Reverse<(Time, u64)>>;

/// Values by time.
pub(super) struct Entries<T> {
    /// The live entries by number.
    values: HashMap<u64, T>,
    by_instant: Heap<Instant>,
    by_wall: Heap<SystemTime>,
}

/// Whether an insertion changes for what one has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Place {
    First,
    Later,
}

impl<T> Entries<T> {
    pub(super) fn new() -> Entries<T> {
        Entries { values: HashMap::new(), by_instant: Heap::new(), by_wall: Heap::new() }
    }

    pub(super) fn insert(&mut self, when: When, value: T) -> (u64, Place) {
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        self.values.insert(number, value);
        let place = match when {
            When::At(time) => push(&mut self.by_instant, time, number),
            When::Absolute(time) => push(&mut self.by_wall, time, number),
            When::Never => Place::Later,
        };
        (number, place)
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<T> {
        let value = self.values.remove(&number)?;
        self.drop_dead_times();
        Some(value)
    }

    /// Takes out the entry that is due for longest, if one is due.
    pub(super) fn pop_due(&mut self, clocks: &Clocks) -> Option<T> {
        let by_instant = self.by_instant.peek().and_then(|Reverse((time, number))| {
            Some((clocks.now.checked_duration_since(*time)?, Reverse(*number)))
        });
        let by_wall = self.by_wall.peek().and_then(|Reverse((time, number))| {
            Some((clocks.system_now.duration_since(*time).ok()?, Reverse(*number)))
        });
        let (_, Reverse(number)) = by_instant.max(by_wall)?;
        self.remove(number)
    }

    /// When to look for due entries again; none, if there is nothing to wait for.
    pub(super) fn next_look(&self, clocks: &Clocks) -> Option<Instant> {
        let by_wall = self.by_wall.peek();
        let by_wall =
            by_wall.and_then(|Reverse((time, _))| clocks.now.checked_add(clocks.stride_to(*time)));
        earlier(self.next_instant(), by_wall)
    }

    /// When the next entry is due, as far as one can tell now.
    pub(super) fn next_deadline(&self, clocks: &Clocks) -> Option<Instant> {
        let by_wall = self.by_wall.peek();
        let by_wall = by_wall.and_then(|Reverse((time, _))| clocks.instant_of(*time));
        earlier(self.next_instant(), by_wall)
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn next_instant(&self) -> Option<Instant> {
        self.by_instant.peek().map(|Reverse((time, _))| *time)
    }

    fn drop_dead_times(&mut self) {
        let Entries { values, by_instant, by_wall } = self;
        let is_live = |number: u64| values.contains_key(&number);
        pop_dead(by_instant, is_live);
        pop_dead(by_wall, is_live);
        let all = by_instant.len() + by_wall.len();
        if all > 2 * values.len() + REBUILD_AT {
            by_instant.retain(|Reverse((_, number))| is_live(*number));
            by_wall.retain(|Reverse((_, number))| is_live(*number));
        }
    }
}

fn push<Time: Ord>(heap: &mut Heap<Time>, time: Time, number: u64) -> Place {
    heap.push(Reverse((time, number)));
    match heap.peek() {
        Some(Reverse((_, first))) if *first == number => Place::First,
        _ => Place::Later,
    }
}

fn pop_dead<Time: Ord>(heap: &mut Heap<Time>, is_live: impl Fn(u64) -> bool) {
    while heap.peek().is_some_and(|Reverse((_, number))| !is_live(*number)) {
        heap.pop();
    }
}

/// The earlier of two times; none means never.
pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn due(entries: &mut Entries<u32>) -> Vec<u32> {
        let clocks = Clocks::read();
        std::iter::from_fn(|| entries.pop_due(&clocks)).collect()
    }

    #[test]
    fn what_is_due_for_longest_comes_first_whichever_clock_says_so() {
        let Clocks { now, system_now, .. } = Clocks::read();
        let mut entries = Entries::new();
        let inserted = [
            (When::At(now - SECOND * 2), Place::First),
            (When::Absolute(system_now - SECOND * 30), Place::First),
            (When::At(now - SECOND * 20), Place::First),
            (When::Absolute(system_now - SECOND * 10), Place::Later),
            (When::At(now + SECOND * 60), Place::Later),
            (When::Absolute(system_now + SECOND * 60), Place::Later),
            (When::Never, Place::Later),
        ];
        for (value, (when, place)) in (0..).zip(inserted) {
            assert_eq!(entries.insert(when, value).1, place);
        }
        assert_eq!(due(&mut entries), [1, 2, 3, 0]);
        assert_eq!(entries.len(), 3);
    }

    #[test]
    fn equal_times_come_in_the_order_of_insertion() {
        let Clocks { now, .. } = Clocks::read();
        let mut entries = Entries::new();
        for value in 0..100 {
            let _ = entries.insert(When::At(now), value);
        }
        assert_eq!(due(&mut entries), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn the_next_time_is_that_of_a_live_entry() {
        let clocks = Clocks::read();
        let (hour, minute) = (SECOND * 3600, SECOND * 60);
        let mut entries = Entries::new();
        assert_eq!(entries.next_deadline(&clocks), None);
        let (sooner, _) = entries.insert(When::At(clocks.now + minute), 0);
        let (later, _) = entries.insert(When::Absolute(clocks.system_now + hour), 1);
        let (never, _) = entries.insert(When::Never, 2);
        assert_eq!(entries.next_deadline(&clocks), Some(clocks.now + minute));
        assert_eq!(entries.next_look(&clocks), Some(clocks.now + SECOND * 30));
        assert_eq!(entries.remove(sooner), Some(0));
        assert_eq!(entries.remove(sooner), None);
        assert_eq!(entries.next_deadline(&clocks), Some(clocks.now + hour));
        assert_eq!(entries.remove(later), Some(1));
        assert_eq!((entries.next_deadline(&clocks), entries.next_look(&clocks)), (None, None));
        assert!(!entries.is_empty());
        assert_eq!(entries.remove(never), Some(2));
        assert!(entries.is_empty());
    }

    #[test]
    fn cancelled_entries_do_not_pile_up() {
        let clocks = Clocks::read();
        let mut entries = Entries::new();
        let _ = entries.insert(When::At(clocks.now), 0);
        for value in 1..10_000 {
            let when = if value % 2 == 0 {
                When::At(clocks.now + SECOND)
            } else {
                When::Absolute(clocks.system_now + SECOND)
            };
            let (number, _) = entries.insert(when, value);
            assert_eq!(entries.remove(number), Some(value));
        }
        assert!(entries.by_instant.len() + entries.by_wall.len() <= 2 + REBUILD_AT);
        assert_eq!(due(&mut entries), [0]);
    }
}
