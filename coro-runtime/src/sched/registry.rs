//! The table of live threads: slot → record.

use std::rc::Rc;

use super::record::Record;

/// Names a thread of one loop: the slot finds it, the number makes sure that it is still the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ThreadKey {
    pub(crate) slot: u32,
    /// The thread's number, unique in the process; what its `ThreadId` shows.
    pub(crate) number: u64,
}

/// All live threads of a loop.
///
/// A slot is one word, and a slot that is free lies in a list of its own: with a million threads that counts.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    slots: Vec<Option<Rc<Record>>>,
    /// The free ones among `slots`; the last was freed last.
    free: Vec<u32>,
}

impl Registry {
    /// The slot that the next `insert` fills.
    #[inline]
    pub(crate) fn next_slot(&self) -> u32 {
        match self.free.last() {
            Some(slot) => *slot,
            None => {
                u32::try_from(self.slots.len()).expect("fewer than 2^32 threads fit into memory")
            }
        }
    }

    /// Puts a record into the slot that it was made for, which `next_slot` has named.
    #[inline]
    pub(crate) fn insert(&mut self, rec: Rc<Record>) {
        let slot = rec.slot as usize;
        match self.free.pop() {
            Some(free) => {
                debug_assert_eq!(free as usize, slot);
                self.slots[slot] = Some(rec);
            }
            None => {
                debug_assert_eq!(self.slots.len(), slot);
                self.slots.push(Some(rec));
            }
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) {
        let removed = self.slots[slot as usize].take();
        debug_assert!(removed.is_some(), "a thread is removed once");
        self.free.push(slot);
    }

    #[inline]
    pub(crate) fn in_slot(&self, slot: u32) -> Option<&Rc<Record>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(crate) fn get(&self, key: ThreadKey) -> Option<&Rc<Record>> {
        self.in_slot(key.slot).filter(|rec| rec.number == key.number)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rc<Record>> {
        self.slots.iter().flatten()
    }
}
