//! The table of live threads: slot → record.

use std::rc::Rc;

use slab::Slab;

use super::record::Record;

/// Names a thread of one loop: the slot finds it, the number makes sure that it is still the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ThreadKey {
    pub(crate) slot: u32,
    /// The thread's number, unique in the process; what its `ThreadId` shows.
    pub(crate) number: u64,
}

/// All live threads of a loop.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    records: Slab<Rc<Record>>,
}

impl Registry {
    /// The slot that the next `insert` fills.
    pub(crate) fn next_slot(&self) -> u32 {
        u32::try_from(self.records.vacant_key()).expect("fewer than 2^32 threads fit into memory")
    }

    pub(crate) fn insert(&mut self, rec: Rc<Record>) {
        let expected = rec.slot;
        let slot = self.records.insert(rec);
        debug_assert_eq!(slot, expected as usize);
    }

    pub(crate) fn remove(&mut self, slot: u32) {
        self.records.remove(slot as usize);
    }

    #[inline]
    pub(crate) fn in_slot(&self, slot: u32) -> Option<&Rc<Record>> {
        self.records.get(slot as usize)
    }

    pub(crate) fn get(&self, key: ThreadKey) -> Option<&Rc<Record>> {
        self.in_slot(key.slot).filter(|rec| rec.number == key.number)
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rc<Record>> {
        self.records.iter().map(|(_, rec)| rec)
    }
}
