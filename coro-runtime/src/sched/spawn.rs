//! New threads.

#![expect(unsafe_code, reason = "passes on the contract of fibers whose functions may borrow")]

use std::any::Any;
use std::io;
use std::panic::Location;
use std::rc::Rc;

use super::Loop;
use super::locals;
use super::record::{Name, Record};
use super::registry::ThreadKey;
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

impl Loop {
    /// Takes a stack that is at least as large as wished, with its guard.
    ///
    /// # Errors
    /// Those of `Pool::take`.
    #[inline]
    pub(crate) fn take_stack(&self, wish: StackWish) -> io::Result<Stack> {
        let size = wish.size.unwrap_or(self.config.stack_size);
        let guard = wish.guard.unwrap_or(self.config.guard_size);
        self.pool.borrow_mut().take(Shape { size, guard })
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
        let mut rec = self.blank_record();
        let blank = Rc::get_mut(&mut rec).expect("nobody else knows it yet");
        // SAFETY: this function's own contract. (It is made where it stays: moving it would cost more than making it.)
        blank.fiber = Some(unsafe { Fiber::new(stack, entry) });
        self.admit(rec, options)
    }

    /// A record for a new thread, perhaps that of one which has ended; nobody else has it.
    #[inline(never)]
    fn blank_record(&self) -> Rc<Record> {
        let mut spare = self.spare_records.borrow_mut();
        let blank = spare.pop();
        if let Some(next) = spare.last() {
            // Who spawns one thread often spawns more.
            next.prefetch_all();
        }
        blank.unwrap_or_else(|| Rc::new(Record::blank()))
    }

    /// Makes a record that has its fiber that of a thread that is ready for its first turn.
    #[inline(never)]
    fn admit(&self, mut rec: Rc<Record>, options: SpawnOptions) -> ThreadKey {
        let mut registry = self.registry.borrow_mut();
        let blank = Rc::get_mut(&mut rec).expect("nobody else knows it yet");
        blank.renew(registry.next_slot(), self.ids.take(), options);
        let key = self.key_of(&rec);
        if self.ending.get() {
            rec.interrupts.kill();
        }
        registry.insert(rec.clone());
        self.ready.borrow_mut().push(rec);
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
