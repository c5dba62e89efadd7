//! New threads.

#![expect(unsafe_code, reason = "passes on the contract of fibers whose functions may borrow")]

use std::any::Any;
use std::cell::RefMut;
use std::io;
use std::panic::Location;
use std::rc::Rc;

use super::Loop;
use super::locals;
use super::record::{Name, Record};
use super::registry::{Registry, ThreadKey};
use super::stacks;
use super::unwind;
use crate::raw::coroutine::Fiber;
use crate::raw::pool::Shape;
use crate::raw::stack::Stack;

/// What a new thread is to be.
#[derive(Debug)]
pub(crate) struct SpawnOptions {
    pub(crate) name: Name,
    pub(crate) site: &'static Location<'static>,
}

/// What the stack of a new thread is to be like, in bytes; as the loop was told, where it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StackWish {
    pub(crate) size: Option<usize>,
    pub(crate) guard: Option<usize>,
}

/// What a record is that the table has given out as blank.
const BLANK: &str = "nobody else has it yet";

impl Loop {
    /// Takes a stack that is at least as large as wished, with its guard.
    ///
    /// # Errors
    /// Those of `Pool::take`.
    #[inline]
    pub(crate) fn take_stack(&self, wish: StackWish) -> io::Result<Stack> {
        let size = wish.size.unwrap_or(self.config.stack_size);
        let guard = wish.guard.unwrap_or(self.config.guard_size);
        stacks::take_from(&self.pool, Shape { size, guard })
    }

    /// Makes a thread that will run `entry` on `stack`, and puts it into the ready queue.
    ///
    /// # Safety
    /// Everything that `entry` borrows must live until the thread is done. `entry` must not unwind.
    #[inline]
    pub(crate) unsafe fn spawn<F: FnOnce()>(
        &self,
        options: SpawnOptions,
        stack: Stack,
        entry: F,
    ) -> ThreadKey {
        let mut place = self.take_blank();
        let blank = Rc::get_mut(&mut place).expect(BLANK);
        // SAFETY: this function's own contract. (It is made where it stays: moving it would cost more than making it.)
        blank.fiber = Some(unsafe { Fiber::new(stack, entry) });
        self.admit(place, options)
    }

    /// A record for a new thread, in the table.
    #[inline(never)]
    fn take_blank(&self) -> RefMut<'_, Rc<Record>> {
        match RefMut::filter_map(self.registry.borrow_mut(), Registry::take_blank) {
            Ok(place) => place,
            Err(table) => {
                drop(table);
                self.make_blank()
            }
        }
    }

    #[cold]
    fn make_blank(&self) -> RefMut<'_, Rc<Record>> {
        // It is made while the table is not borrowed: an allocator may be anybody's code.
        let rec = Rc::new(Record::blank());
        RefMut::map(self.registry.borrow_mut(), |table| table.insert(rec))
    }

    /// Makes a record that has its fiber that of a thread that is ready for its first turn.
    #[inline(never)]
    fn admit(&self, mut place: RefMut<'_, Rc<Record>>, options: SpawnOptions) -> ThreadKey {
        let blank = Rc::get_mut(&mut place).expect(BLANK);
        blank.renew(self.ids.take(), options);
        let key = self.key_of(blank);
        if self.ending.get() {
            blank.interrupts.kill();
        }
        self.ready.borrow_mut().push(place.clone());
        key
    }

    /// Drops a payload that nobody can take any more, on a thread of its own: it is user code.
    pub(super) fn bury(&self, payload: Box<dyn Any + Send>) {
        let Ok(stack) = self.take_stack(StackWish::default()) else {
            // The payload leaks rather than run its destructor here.
            return std::mem::forget(payload);
        };
        let entry = move || {
            unwind::drop_quietly(payload);
            locals::end_of_thread();
        };
        let name = Name::Static(&"undeliverable payload");
        let options = SpawnOptions { name, site: Location::caller() };
        // SAFETY: `entry` borrows nothing, and what destructors unwind with is caught.
        unsafe { self.spawn(options, stack, entry) };
    }
}
