//! What the coroutines of one seed share: the script, the log, each other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use coro::coroutine::{self, AnyCoroutine, Coroutine, CoroutineState, Target};
use coro_tests::canary::Drops;

use crate::event::{Event, Who};
use crate::script::{Exception, Kind, Op, Script, Type};
use crate::value::{Bang, Boom, Num, Numbered, Txt, event_of};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) script: Script,
    taken: Cell<usize>,
    values: Cell<u64>,
    log: RefCell<Vec<Event>>,
    coroutines: RefCell<Vec<Entry>>,
    pub(crate) drops: Drops,
    /// What should never happen.
    failures: RefCell<Vec<String>>,
}

#[derive(Debug)]
struct Entry {
    handle: Option<Rc<dyn Handle>>,
    name: Name,
}

/// A typed name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    Num(Target<Num>),
    Txt(Target<Txt>),
}

impl Name {
    pub(crate) fn any(self) -> AnyCoroutine {
        match self {
            Name::Num(target) => target.any(),
            Name::Txt(target) => target.any(),
        }
    }
}

/// A handle of any type.
pub(crate) trait Handle: std::fmt::Debug {
    fn resume(&self, world: &World, number: u64) -> Event;

    fn raise(&self, world: &World, exception: Exception, number: u64) -> Event;
}

impl<I: Numbered, O: Numbered, R: Numbered> Handle for Coroutine<I, O, R> {
    fn resume(&self, world: &World, number: u64) -> Event {
        seen(self.resume(world.numbered(number)))
    }

    fn raise(&self, world: &World, exception: Exception, number: u64) -> Event {
        match exception {
            Exception::Boom => seen(self.raise::<Boom>(world.numbered(number))),
            Exception::Bang => seen(self.raise::<Bang>(world.numbered(number))),
        }
    }
}

fn seen<O: Numbered, R: Numbered, T: Numbered>(
    outcome: Result<CoroutineState<O, R>, coro::ResumeError<T>>,
) -> Event {
    match outcome {
        Ok(CoroutineState::Yielded(value)) => Event::Yielded(value.take()),
        Ok(CoroutineState::Complete(result)) => Event::Complete(result.take()),
        Err(error) => event_of(error),
    }
}

impl World {
    pub(crate) fn new(script: Script) -> World {
        World {
            script,
            taken: Cell::new(0),
            values: Cell::new(0),
            log: RefCell::default(),
            coroutines: RefCell::default(),
            drops: Drops::default(),
            failures: RefCell::default(),
        }
    }

    pub(crate) fn log(&self, event: Event) {
        self.log.borrow_mut().push(event);
    }

    pub(crate) fn take_log(&self) -> Vec<Event> {
        self.log.take()
    }

    pub(crate) fn log_len(&self) -> usize {
        self.log.borrow().len()
    }

    pub(crate) fn fail(&self, failure: String) {
        self.failures.borrow_mut().push(failure);
    }

    pub(crate) fn take_failures(&self) -> Vec<String> {
        self.failures.take()
    }

    /// The next operation, for whoever has control.
    pub(crate) fn take(&self, who: Who) -> Option<Op> {
        self.check_current(who);
        let index = self.taken.get();
        let op = *self.script.ops.get(index)?;
        self.taken.set(index + 1);
        self.log(Event::Turn(who, index));
        Some(op)
    }

    /// The index of the operation that was taken last.
    pub(crate) fn index(&self) -> usize {
        self.taken.get() - 1
    }

    fn check_current(&self, who: Who) {
        let expected = match who {
            Who::Base(_) => None,
            Who::Coroutine(k) => Some(self.name(k).any()),
        };
        let current = coroutine::current();
        if current != expected {
            self.fail(format!("{who:?} runs, but current() is {current:?}"));
        }
    }

    /// The number of the next value.
    pub(crate) fn value(&self) -> u64 {
        self.values.set(self.values.get() + 1);
        self.values.get()
    }

    pub(crate) fn numbered<T: Numbered>(&self, number: u64) -> T {
        T::new(number, self.drops.canary())
    }

    pub(crate) fn len(&self) -> usize {
        self.coroutines.borrow().len()
    }

    pub(crate) fn name(&self, k: usize) -> Name {
        self.coroutines.borrow()[k].name
    }

    pub(crate) fn handle(&self, k: usize) -> Option<Rc<dyn Handle>> {
        self.coroutines.borrow().get(k)?.handle.clone()
    }

    pub(crate) fn take_handle(&self, k: usize) -> Option<Rc<dyn Handle>> {
        self.coroutines.borrow_mut()[k].handle.take()
    }

    /// Whether there is a handle, and nobody uses it.
    pub(crate) fn has_free_handle(&self, k: usize) -> bool {
        let coroutines = self.coroutines.borrow();
        let handle = coroutines.get(k).and_then(|entry| entry.handle.as_ref());
        handle.is_some_and(|handle| Rc::strong_count(handle) == 1)
    }

    pub(crate) fn add(&self, handle: Rc<dyn Handle>, name: Name) {
        self.coroutines.borrow_mut().push(Entry { handle: Some(handle), name });
    }
}

/// The typed name of a coroutine of this kind.
pub(crate) fn name_of(kind: Kind, any: AnyCoroutine) -> Name {
    let name = match kind.input {
        Type::Num => any.target().map(Name::Num),
        Type::Txt => any.target().map(Name::Txt),
    };
    name.expect("it takes what its kind says")
}
