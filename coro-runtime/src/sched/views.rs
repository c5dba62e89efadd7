//! What can be seen of a loop from outside: who lives, who is ready, who waits for what.
//!
//! A view is a copy. A wait that is over, but whose thread has not had its turn since, is in none of the waits.

use std::ops::Range;
use std::os::fd::RawFd;
use std::time::Instant;

use super::record::{Name, Record};
use super::timers::Target;
use super::{Loop, ThreadKey};
use crate::raw::coroutine::Fiber;
use crate::raw::ranges;
use crate::sys::socket::Direction;

/// What a handle to a thread is made of.
pub(crate) type Who = (ThreadKey, Name);

impl Loop {
    /// Every live thread but main, in the order of their spawns.
    pub(crate) fn live_threads(&self) -> Vec<Who> {
        let registry = self.registry.borrow();
        let others = registry.iter().filter(|rec| !rec.is_main());
        let mut others: Vec<_> = others.map(|rec| self.who(rec)).collect();
        others.sort_unstable_by_key(|(key, _)| key.number);
        others
    }

    /// The ready threads but main, in the order in which they became so.
    pub(crate) fn ready_threads(&self) -> Vec<Who> {
        let ready = self.ready.borrow();
        ready.iter().filter(|rec| !rec.is_main()).map(|rec| self.who(rec)).collect()
    }

    /// Who waits for an fd in one direction, each with the fd.
    pub(crate) fn fd_waits(&self, direction: Direction) -> Vec<(RawFd, Who)> {
        let reactor = self.reactor.borrow();
        let waits = reactor.waits(direction);
        waits.filter_map(|(fd, (slot, ticket))| Some((fd, self.waiting(slot, ticket)?))).collect()
    }

    /// The deadlines and whom each will wake or interrupt, the earliest first.
    pub(crate) fn deadlines(&self) -> Vec<(Instant, Who)> {
        let timers = self.timers.borrow().in_order();
        let whose = |target| match target {
            Target::Wait { slot, ticket } => self.waiting(slot, ticket),
            Target::Frame { thread, .. } => self.find(thread).map(|rec| self.who(&rec)),
        };
        timers.into_iter().filter_map(|(at, target)| Some((at, whose(target)?))).collect()
    }

    /// The addresses of the guard below the stack on which a live thread was suspended last; none, while it runs.
    pub(crate) fn guard_of(&self, thread: ThreadKey) -> Option<Range<usize>> {
        let rec = self.find(thread)?;
        let saved = rec.fiber.as_ref().and_then(Fiber::saved_stack_pointer)?;
        // Before its first turn the pointer is the stack's top, one past the slot.
        let slot = ranges::find(saved - 1)?;
        Some(slot.bottom..slot.limit)
    }

    /// The thread in `slot`, if its wait with this ticket is under way.
    fn waiting(&self, slot: u32, ticket: u64) -> Option<Who> {
        let registry = self.registry.borrow();
        let rec = registry.in_slot(slot).filter(|rec| rec.ticket.get() == ticket)?;
        Some(self.who(rec))
    }

    fn who(&self, rec: &Record) -> Who {
        (self.key_of(rec), rec.name.clone())
    }
}
