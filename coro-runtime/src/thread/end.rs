//! A thread's end as something that a choice may wait for.

use std::cell::RefCell;

use super::packet::Reader;
use crate::list::List;
use crate::sched::choice::{Branch, Candidate, Enlisted, Key};
use crate::sched::wait::{Clause, Waiter};

/// Fires when the thread has ended; the result stays where it is.
///
/// The packet has room for one waiter, and here several may wait: the first in line waits there for all of them.
pub(crate) struct End<'a, T> {
    /// Borrowed exclusively, so that nobody else waits at the packet.
    reader: RefCell<&'a mut Reader<T>>,
    line: RefCell<List<Waiter>>,
}

impl<'a, T> End<'a, T> {
    pub(super) fn new(reader: &'a mut Reader<T>) -> End<'a, T> {
        End { reader: RefCell::new(reader), line: RefCell::new(List::new()) }
    }

    /// Lets whoever is the first in line now wait at the packet.
    fn register_first(&self) {
        let line = self.line.borrow();
        if let Some(first) = line.first().and_then(|key| line.get(key)) {
            self.reader.borrow_mut().register(first.clone());
        }
    }
}

impl<T> Branch for End<'_, T> {
    fn attempt(&self) -> Option<Key> {
        self.is_ready().then_some(0)
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        self.watch(candidate.into_waiter())
    }

    fn withdraw(&self, key: Key) {
        let was_first = self.line.borrow().first() == Some(key);
        self.line.borrow_mut().remove(key);
        if !was_first {
            return;
        }
        if !self.reader.borrow_mut().deregister() {
            return self.register_first();
        }
        // It has ended, and the packet has told the first one only.
        let others: Vec<Waiter> = self.line.borrow_mut().drain().collect();
        others.into_iter().for_each(Waiter::wake);
    }

    fn abandon(&self, _key: Key) {}

    fn is_ready(&self) -> bool {
        self.reader.borrow().is_done()
    }

    fn watch(&self, waiter: Waiter) -> Enlisted {
        if self.is_ready() {
            return Enlisted::Ready;
        }
        let is_first = self.line.borrow().first().is_none();
        let key = self.line.borrow_mut().push(waiter);
        if is_first {
            self.register_first();
        }
        Enlisted::Waiting(key)
    }
}
