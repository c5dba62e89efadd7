//! What the scheduler knows of one thread.

use std::cell::Cell;
use std::fmt;
use std::mem::offset_of;
use std::panic::Location;
use std::sync::Arc;

use super::SpawnOptions;
use super::chain::Base;
use super::interrupt::Interrupts;
use super::locals::Locals;
use crate::id::ThreadId;
use crate::raw::coroutine::Fiber;
use crate::raw::machine;

/// Where a thread stands (`README.md`, section 2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// In the ready queue: new, yielded or woken.
    Ready,
    /// It runs, and will be put back into the ready queue if it suspends in this state.
    Running,
    /// Suspended until its ticket is spent.
    Parked,
}

/// What spent a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    Woken,
    Deadline,
    Interrupt,
}

/// The token that `unpark` leaves for `park`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    Absent,
    /// A `park` is under way: the wait whose ticket the record holds is for the token.
    Awaited,
    Present,
}

/// A thread's name, in two words: every record and every handle has one.
#[derive(Clone, Debug, Default)]
pub enum Name {
    /// It has none.
    #[default]
    None,
    /// The name of an annotated function.
    Static(&'static &'static str),
    /// One that was made while the program ran.
    Shared(Arc<String>),
}

impl Name {
    pub(crate) fn get(&self) -> Option<&str> {
        match self {
            Name::None => None,
            Name::Static(name) => Some(name),
            Name::Shared(name) => Some(name),
        }
    }
}

impl From<&'static &'static str> for Name {
    fn from(name: &'static &'static str) -> Self {
        Name::Static(name)
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Name::Shared(Arc::new(name))
    }
}

/// One thread. Shared by the table, the ready queue and `drive`; everything that changes is a cell.
///
/// The fields stand in memory as they do here: what a turn touches comes first, and so lies in two lines of the cache.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Record {
    /// The thread's stack and context; none for the main thread, which has the stack of `run`'s caller.
    pub(crate) fiber: Option<Fiber>,
    pub(crate) state: Cell<State>,
    /// What spent the ticket; written by `Loop::wake`, read by the wait that follows.
    pub(crate) cause: Cell<Cause>,
    /// Whether an interrupt may end the wait under way.
    pub(crate) interruptible: Cell<bool>,
    /// Set by `unpark`, taken by `park`.
    pub(crate) unpark_token: Cell<Token>,
    /// Its place in the loop's table, for ever; main has the first.
    pub(crate) slot: u32,
    pub(crate) interrupts: Interrupts,
    /// The ticket of the wait under way; 0 if there is none or it was spent.
    pub(crate) ticket: Cell<u64>,
    /// The coroutine that runs on top of the thread.
    pub(crate) base: Base,
    /// What the thread keeps for itself; closed when it ends.
    pub(crate) locals: Locals,
    /// What the thread waits for, for reports. One word: it is written by every wait.
    pub(crate) waiting_for: Cell<&'static &'static str>,
    /// The thread's number, unique in the process; 0 while the record is blank.
    pub(crate) number: u64,
    pub(crate) name: Name,
    pub(crate) site: &'static Location<'static>,
}

impl Record {
    /// A record that is nobody's yet.
    pub(super) fn blank() -> Record {
        Record {
            fiber: None,
            state: Cell::new(State::Ready),
            cause: Cell::new(Cause::Woken),
            interruptible: Cell::new(false),
            unpark_token: Cell::new(Token::Absent),
            slot: 0,
            interrupts: Interrupts::default(),
            ticket: Cell::new(0),
            base: Base::new(),
            locals: Locals::new(),
            waiting_for: Cell::new(&""),
            number: 0,
            name: Name::None,
            site: Location::caller(),
        }
    }

    /// The record of a loop's main thread, which runs.
    pub(super) fn of_main(number: u64, options: SpawnOptions) -> Record {
        let mut rec = Record::blank();
        rec.renew(number, options);
        rec.state.set(State::Running);
        rec
    }

    /// Makes a blank record that of a new thread; its fiber is there.
    #[inline]
    pub(super) fn renew(&mut self, number: u64, options: SpawnOptions) {
        self.state.set(State::Ready);
        self.interrupts.reset();
        self.unpark_token.set(Token::Absent);
        self.locals.reopen();
        self.number = number;
        self.name = options.name;
        self.site = options.site;
    }

    /// Makes the record of a thread that has ended blank: no key finds it. Its fiber, if it had one.
    #[inline]
    pub(super) fn wipe(&mut self) -> Option<Fiber> {
        // Whatever still holds a ticket of the old thread must find none.
        self.ticket.set(0);
        self.number = 0;
        self.fiber.take()
    }

    /// Whether it is nobody's.
    pub(super) fn is_blank(&self) -> bool {
        self.number == 0
    }

    /// Asks for those lines of the record that a turn touches.
    #[inline(always)]
    pub(super) fn prefetch(&self) {
        let start = std::ptr::from_ref(self).addr();
        machine::prefetch(start);
        machine::prefetch(start + offset_of!(Record, interrupts));
    }

    /// Asks for all of the record, as a spawn writes it.
    #[inline(always)]
    pub(super) fn prefetch_all(&self) {
        let start = std::ptr::from_ref(self).addr();
        for offset in (0..size_of::<Record>()).step_by(machine::CACHE_LINE) {
            machine::prefetch(start + offset);
        }
    }

    /// Asks for those lines of the stack that a turn touches.
    #[inline(always)]
    pub(super) fn prefetch_stack(&self) {
        if let Some(fiber) = &self.fiber {
            fiber.prefetch();
        }
    }

    pub(crate) fn is_main(&self) -> bool {
        self.fiber.is_none()
    }
}

/// `'name'` or `ThreadId(7)`, as messages call a thread.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, &self.name, ThreadId::of_coro_thread(self.number))
    }
}

/// Writes what messages call a thread.
pub(crate) fn describe(f: &mut fmt::Formatter<'_>, name: &Name, id: ThreadId) -> fmt::Result {
    match name.get() {
        Some(name) => write!(f, "'{name}'"),
        None => write!(f, "{id:?}"),
    }
}
