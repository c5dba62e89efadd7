//! The values that a thread keeps under keys, without their types (`thread/local.rs` has those).
//!
//! A key is the address of a static. A value is counted, and whoever looks at one takes a count of its own: nothing is
//! borrowed here while user code runs, be it an initialiser, which may wait, or a destructor. The table is counted for
//! the same reason: an initialiser that waits in a coroutine may go on in another thread, and must find the table in
//! which it has begun.
//!
//! At the thread's end the values are dropped on its own stack, the last one first; a key whose value is being dropped or
//! was dropped has none any more. Then the table is closed, so that a record can be used again without a look at it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use super::current::{self, Cx};
use super::unwind;

/// A value, counted and without its type.
pub(crate) type Value = Rc<dyn Any>;

/// What one thread keeps.
#[derive(Default)]
pub(crate) struct Locals {
    /// None until the thread keeps something, once it has ended, and while the table is looked at.
    table: Cell<Option<Rc<Table>>>,
    /// The thread has ended: nothing is kept any more.
    closed: Cell<bool>,
    /// It keeps nothing here, but where its OS thread keeps what it has outside any loop.
    is_outside: Cell<bool>,
}

struct Table {
    /// In the order in which the values came, after those that are still being made.
    entries: RefCell<Vec<Entry>>,
    closed: Cell<bool>,
}

struct Entry {
    key: usize,
    slot: Slot,
}

enum Slot {
    /// Its initialiser runs.
    Beginning,
    Kept(Value),
    /// Its destructor runs, or has run.
    Dropped,
}

/// What is there under a key.
pub(crate) enum Found {
    Kept(Value),
    /// Nothing yet: a value may be put there.
    Vacant(Place),
    /// Its initialiser runs.
    Beginning,
    /// Nothing any more.
    Gone,
}

/// A place that is kept for a value while its initialiser runs. Dropped unfilled, it is free again.
pub(crate) struct Place {
    table: Rc<Table>,
    key: usize,
}

impl Locals {
    pub(crate) const fn new() -> Locals {
        Locals { table: Cell::new(None), closed: Cell::new(false), is_outside: Cell::new(false) }
    }

    /// Whether the thread keeps its values where its OS thread does outside any loop.
    pub(crate) fn is_outside(&self) -> bool {
        self.is_outside.get()
    }

    /// Looks under `key`.
    pub(crate) fn find(&self, key: usize) -> Found {
        if self.closed.get() {
            return Found::Gone;
        }
        // No user code runs while it is out of its cell.
        let table = self.table.take().unwrap_or_else(Table::new);
        let found = table.find(key);
        self.table.set(Some(table));
        found
    }

    /// Whether it keeps anything, or has.
    #[inline]
    fn has_table(&self) -> bool {
        let table = self.table.take();
        let is_there = table.is_some();
        self.table.set(table);
        is_there
    }

    fn table(&self) -> Option<Rc<Table>> {
        let table = self.table.take();
        self.table.set(table.clone());
        table
    }

    /// Drops all values, and keeps none from then on. Destructors that panic end there.
    pub(crate) fn close(&self) {
        if let Some(table) = self.table() {
            table.close();
        }
        self.closed.set(true);
        // It holds no values any more.
        drop(self.table.take());
    }

    /// Makes them those of a new thread.
    #[inline]
    pub(super) fn reopen(&mut self) {
        self.closed.set(false);
    }
}

impl Table {
    fn new() -> Rc<Table> {
        Rc::new(Table { entries: RefCell::default(), closed: Cell::new(false) })
    }

    fn find(self: &Rc<Self>, key: usize) -> Found {
        let mut entries = self.entries.borrow_mut();
        match entries.iter().find(|entry| entry.key == key).map(|entry| &entry.slot) {
            Some(Slot::Kept(value)) => Found::Kept(value.clone()),
            Some(Slot::Beginning) => Found::Beginning,
            Some(Slot::Dropped) => Found::Gone,
            None => {
                entries.push(Entry { key, slot: Slot::Beginning });
                Found::Vacant(Place { table: self.clone(), key })
            }
        }
    }

    fn close(&self) {
        // A destructor may make a value under another key, which is then the last.
        while let Some(value) = self.take_last() {
            unwind::drop_quietly(value);
        }
        self.closed.set(true);
    }

    fn take_last(&self) -> Option<Value> {
        let mut entries = self.entries.borrow_mut();
        entries.iter_mut().rev().find_map(|entry| entry.take())
    }

    fn remove(&self, key: usize) {
        self.entries.borrow_mut().retain(|entry| entry.key != key);
    }
}

impl Entry {
    /// Takes the value out, for good.
    fn take(&mut self) -> Option<Value> {
        match std::mem::replace(&mut self.slot, Slot::Dropped) {
            Slot::Kept(value) => Some(value),
            other => {
                self.slot = other;
                None
            }
        }
    }
}

impl Place {
    /// Keeps `value` here; false, and it is not kept, if the thread has ended meanwhile.
    pub(crate) fn fill(self, value: Value) -> bool {
        if self.table.closed.get() {
            return false;
        }
        // The order is that in which values are complete: one that needs another for its initialiser is dropped first.
        self.table.remove(self.key);
        let entry = Entry { key: self.key, slot: Slot::Kept(value) };
        self.table.entries.borrow_mut().push(entry);
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut entries = self.table.entries.borrow_mut();
        entries.retain(|entry| entry.key != self.key || !matches!(entry.slot, Slot::Beginning));
    }
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.table().map_or(0, |table| table.entries.borrow().len());
        f.debug_struct("Locals").field("count", &count).finish_non_exhaustive()
    }
}

/// Has the running thread, main of a loop that nobody sees, keep what its OS thread keeps outside any loop. It must not
/// have kept anything yet.
pub(crate) fn stay_outside() {
    current::with(|cx| {
        if let Some(Cx { rec, .. }) = cx {
            rec.locals.is_outside.set(true);
        }
    });
}

/// Drops what the running thread keeps, its last values first; no interrupt ends a wait of their destructors.
#[inline]
pub(crate) fn end_of_thread() {
    current::with(|cx| {
        let Some(Cx { rec, .. }) = cx else { return };
        if rec.locals.has_table() {
            rec.interrupts.enter_shield();
            rec.locals.close();
            rec.interrupts.leave_shield();
        }
        rec.locals.closed.set(true);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(locals: &Locals, key: usize, value: Value) {
        match locals.find(key) {
            Found::Vacant(place) => assert!(place.fill(value)),
            _ => panic!("nothing was kept under {key}"),
        }
    }

    #[test]
    fn a_place_that_is_not_filled_is_free_again() {
        let locals = Locals::new();
        let Found::Vacant(place) = locals.find(1) else { panic!("nothing is kept yet") };
        assert!(matches!(locals.find(1), Found::Beginning));
        drop(place);
        keep(&locals, 1, Rc::new(7));
        let Found::Kept(value) = locals.find(1) else { panic!("it is kept") };
        assert_eq!(value.downcast_ref(), Some(&7));
    }

    #[test]
    fn values_are_dropped_once_and_a_late_one_is_refused() {
        let mut locals = Locals::new();
        let value = Rc::new(());
        keep(&locals, 1, value.clone());
        let Found::Vacant(place) = locals.find(2) else { panic!("nothing is kept there") };
        locals.close();
        assert_eq!(Rc::strong_count(&value), 1);
        assert!(matches!(locals.find(1), Found::Gone));
        assert!(matches!(locals.find(3), Found::Gone));
        locals.reopen();
        assert!(!place.fill(value));
        keep(&locals, 2, Rc::new(()));
    }
}
