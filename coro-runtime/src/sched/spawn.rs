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
use crate::raw::stack::Stack;

/// What a new thread is to be.
#[derive(Debug)]
pub(crate) struct SpawnOptions {
    pub(crate) name: Name,
    pub(crate) site: &'static Location<'static>,
}

impl Loop {
    /// Takes a stack of at least `size` bytes, or of the loop's default size.
    ///
    /// # Errors
    /// Those of `Pool::take`.
    #[inline]
    pub(crate) fn take_stack(&self, size: Option<usize>) -> io::Result<Stack> {
        self.pool.borrow_mut().take(size.unwrap_or(self.config.stack_size))
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
        // SAFETY: this function's own contract.
        let fiber = unsafe { Fiber::new(stack, entry) };
        let mut registry = self.registry.borrow_mut();
        let rec = self.make_record(fiber, registry.next_slot(), options);
        let key = self.key_of(&rec);
        if self.ending.get() {
            rec.interrupts.kill();
        }
        registry.insert(rec.clone());
        self.ready.borrow_mut().push(rec);
        key
    }

    /// A record for a new thread; one of a thread that has ended, if there is one.
    fn make_record(&self, fiber: Fiber, slot: u32, options: SpawnOptions) -> Rc<Record> {
        let number = self.ids.take();
        let mut spare = self.spare_records.borrow_mut().pop();
        match spare.as_mut().and_then(Rc::get_mut) {
            Some(rec) => rec.renew(fiber, slot, number, options),
            None => {
                let SpawnOptions { name, site, .. } = options;
                spare = Some(Rc::new(Record::new(Some(fiber), slot, number, name, site)));
            }
        }
        spare.expect("it was taken or made just now")
    }

    /// Drops a payload that nobody can take any more, on a thread of its own: it is user code.
    pub(super) fn bury(&self, payload: Box<dyn Any + Send>) {
        let Ok(stack) = self.take_stack(None) else {
            // The payload leaks rather than run its destructor here.
            return std::mem::forget(payload);
        };
        let entry = move || {
            unwind::drop_quietly(payload);
            locals::end_of_thread();
        };
        let name = Name::Static("undeliverable payload");
        let options = SpawnOptions { name, site: Location::caller() };
        // SAFETY: `entry` borrows nothing, and what destructors unwind with is caught.
        unsafe { self.spawn(options, stack, entry) };
    }
}
