//! The table of live threads: slot → record.

use std::rc::Rc;

use super::record::Record;
use crate::raw::coroutine::Fiber;

/// Names a thread of one loop: the slot finds it, the number makes sure that it is still the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ThreadKey {
    pub(crate) slot: u32,
    /// The thread's number, unique in the process; what its `ThreadId` shows.
    pub(crate) number: u64,
}

/// How many records of ended threads are kept for new ones: allocating them would be a good part of a spawn.
const SPARE_RECORDS: usize = 1024;

/// All live threads of a loop.
///
/// A slot is one word, and a slot without a live thread lies in a list of its own: with a million threads that counts. The
/// record of a thread that has ended may stay in its slot, blank, for the next one there.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    slots: Vec<Option<Rc<Record>>>,
    /// The slots whose records are blank; the last became so last.
    blank: Vec<u32>,
    /// The slots without a record.
    empty: Vec<u32>,
}

impl Registry {
    /// The table of a loop that has but its main thread, in slot 0.
    pub(crate) fn of_main(main: Rc<Record>) -> Registry {
        Registry { slots: vec![Some(main)], ..Registry::default() }
    }

    /// A blank record in its slot, which becomes that of a new thread; nobody else has it. None if there is no blank one.
    #[inline]
    pub(crate) fn take_blank(&mut self) -> Option<&mut Rc<Record>> {
        let slot = self.blank.pop()?;
        if let Some(Some(next)) = self.blank.last().map(|next| &self.slots[*next as usize]) {
            // Who spawns one thread often spawns more.
            next.prefetch_all();
        }
        self.slots[slot as usize].as_mut()
    }

    /// Gives a blank record that nobody else has a slot; like one that was taken, it is for a new thread.
    pub(crate) fn insert(&mut self, mut rec: Rc<Record>) -> &mut Rc<Record> {
        let slot = self.empty.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 threads fit into memory")
        });
        if let Some(rec) = Rc::get_mut(&mut rec) {
            rec.slot = slot;
        }
        self.slots[slot as usize].insert(rec)
    }

    /// Forgets a thread that has ended, and gives its fiber back; none, for ever, if somebody else still has its record. A record
    /// that is not kept comes as well: the caller frees it when the table is not borrowed any more.
    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) -> (Option<Fiber>, Option<Rc<Record>>) {
        let place = &mut self.slots[slot as usize];
        let unique = place.as_mut().and_then(Rc::get_mut);
        let keeps = unique.is_some() && self.blank.len() < SPARE_RECORDS;
        let fiber = unique.and_then(Record::wipe);
        if keeps {
            self.blank.push(slot);
            return (fiber, None);
        }
        self.empty.push(slot);
        (fiber, place.take())
    }

    /// The record in a slot: of a live thread, or blank.
    #[inline]
    pub(crate) fn in_slot(&self, slot: u32) -> Option<&Rc<Record>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(crate) fn get(&self, key: ThreadKey) -> Option<&Rc<Record>> {
        self.in_slot(key.slot).filter(|rec| rec.number == key.number)
    }

    /// How many threads are alive.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.blank.len() - self.empty.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rc<Record>> {
        self.slots.iter().flatten().filter(|rec| !rec.is_blank())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::super::SpawnOptions;
    use super::*;

    fn options() -> SpawnOptions {
        SpawnOptions { name: Default::default(), site: Location::caller() }
    }

    /// A table with its main thread and `count` others, numbered from 2 on; their keys.
    fn with_threads(count: u64) -> (Registry, Vec<ThreadKey>) {
        let mut table = Registry::of_main(Rc::new(Record::of_main(1, options())));
        let keys = (2..2 + count).map(|number| spawn(&mut table, number)).collect();
        (table, keys)
    }

    fn spawn(table: &mut Registry, number: u64) -> ThreadKey {
        let rec = match table.take_blank() {
            Some(rec) => rec,
            None => table.insert(Rc::new(Record::blank())),
        };
        let rec = Rc::get_mut(rec).expect("nobody else has a blank record");
        rec.renew(number, options());
        ThreadKey { slot: rec.slot, number }
    }

    #[test]
    fn a_key_finds_its_thread_and_no_later_one_in_its_slot() {
        let (mut table, keys) = with_threads(10);
        assert_eq!(table.len(), 11);
        for key in &keys[3..7] {
            table.remove(key.slot);
            assert!(table.get(*key).is_none());
        }
        assert_eq!(table.len(), 7);
        let numbers: Vec<_> = table.iter().map(|rec| rec.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 9, 10, 11]);
        let later = spawn(&mut table, 100);
        assert_eq!(later.slot, keys[6].slot, "the slot that became blank last is taken first");
        assert!(table.get(keys[6]).is_none());
        assert_eq!(table.get(later).map(|rec| rec.number), Some(100));
    }

    #[test]
    fn so_many_records_are_kept_and_no_more() {
        let count = SPARE_RECORDS as u64 + 100;
        let (mut table, keys) = with_threads(count);
        for key in &keys {
            assert!(table.remove(key.slot).0.is_none(), "it had no fiber");
        }
        assert_eq!(table.len(), 1);
        assert_eq!(table.slots.iter().flatten().count(), 1 + SPARE_RECORDS);
        // All slots are used again before there are new ones.
        for number in 0..count {
            spawn(&mut table, 10_000 + number);
        }
        assert_eq!((table.len(), table.slots.len()), (keys.len() + 1, keys.len() + 1));
    }

    #[test]
    fn a_record_that_somebody_has_is_not_used_again() {
        let (mut table, keys) = with_threads(1);
        let held = table.get(keys[0]).cloned();
        let (fiber, record) = table.remove(keys[0].slot);
        assert!(fiber.is_none() && record.is_some());
        assert!(table.in_slot(keys[0].slot).is_none());
        let later = spawn(&mut table, 3);
        assert_eq!(later.slot, keys[0].slot);
        assert_eq!(held.map(|rec| rec.number), Some(2));
    }
}
