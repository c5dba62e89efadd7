//! What the scheduler knows of one thread.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::SpawnOptions;
use super::chain::Base;
use super::interrupt::Interrupts;
use super::locals::Locals;
use super::unwind::Mark;
use crate::id::ThreadId;
use crate::raw::coroutine::Fiber;

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

/// A thread's name.
#[derive(Clone, Debug, Default)]
pub(crate) enum Name {
    #[default]
    None,
    /// The name of an annotated function.
    Static(&'static str),
    Shared(Arc<str>),
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

impl From<Cow<'static, str>> for Name {
    fn from(name: Cow<'static, str>) -> Self {
        match name {
            Cow::Borrowed(name) => Name::Static(name),
            Cow::Owned(name) => Name::Shared(Arc::from(name)),
        }
    }
}

/// One thread. Shared by the table, the ready queue and `drive`; everything that changes is a cell.
#[derive(Debug)]
pub(crate) struct Record {
    /// The thread's stack and context; none for the main thread, which has the stack of `run`'s caller.
    pub(crate) fiber: Option<Fiber>,
    pub(crate) state: Cell<State>,
    pub(crate) interrupts: Interrupts,
    /// The ticket of the wait under way; 0 if there is none or it was spent.
    pub(crate) ticket: Cell<u64>,
    /// What spent the ticket; written by `Loop::wake`, read by the wait that follows.
    pub(crate) cause: Cell<Cause>,
    /// Whether an interrupt may end the wait under way.
    pub(crate) interruptible: Cell<bool>,
    /// The thread's own answer to "am I unwinding", used while others are parked mid-unwind (section 6).
    pub(crate) unwinding: Cell<Mark>,
    /// Set by `unpark`, taken by `park`.
    pub(crate) unpark_token: Cell<bool>,
    /// The ticket of the `park` under way, which `unpark` spends; else 0.
    pub(crate) park_ticket: Cell<u64>,
    /// The coroutine that runs on top of the thread.
    pub(crate) base: Base,
    /// What the thread keeps for itself; closed when it ends.
    pub(crate) locals: Locals,
    /// What the thread waits for, for reports.
    pub(crate) waiting_for: Cell<&'static str>,
    pub(crate) slot: u32,
    /// The thread's number, unique in the process.
    pub(crate) number: u64,
    pub(crate) name: Name,
    pub(crate) site: &'static Location<'static>,
}

impl Record {
    /// The record of a thread that is ready for its first turn.
    pub(super) fn new(
        fiber: Option<Fiber>,
        slot: u32,
        number: u64,
        name: Name,
        site: &'static Location<'static>,
    ) -> Record {
        Record {
            fiber,
            state: Cell::new(State::Ready),
            interrupts: Interrupts::default(),
            ticket: Cell::new(0),
            cause: Cell::new(Cause::Woken),
            interruptible: Cell::new(false),
            unwinding: Cell::default(),
            unpark_token: Cell::new(false),
            park_ticket: Cell::new(0),
            base: Base::new(),
            locals: Locals::new(),
            waiting_for: Cell::new(""),
            slot,
            number,
            name,
            site,
        }
    }

    /// Makes the record of a thread that has ended that of a new one, as `new` would.
    pub(super) fn renew(&mut self, fiber: Fiber, slot: u32, number: u64, options: SpawnOptions) {
        self.fiber = Some(fiber);
        self.state.set(State::Ready);
        self.interrupts.reset();
        // Whatever still holds a ticket of the old thread must find none.
        self.ticket.set(0);
        self.unwinding.set(Mark::default());
        self.unpark_token.set(false);
        self.park_ticket.set(0);
        self.locals.reopen();
        self.slot = slot;
        self.number = number;
        self.name = options.name;
        self.site = options.site;
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
