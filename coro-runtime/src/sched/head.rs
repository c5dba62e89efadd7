//! What the chain knows of one coroutine (`README.md`, section 10).

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::Location;
use std::rc::Rc;

use super::chain;
use super::coroutines::Coroutines;
use super::current;
use super::interrupt::{Depth, Detached};
use super::unwind::{self, Mark};
use super::wait;
use crate::error::JoinError;
use crate::payload::{Unwind, UnwindKind};
use crate::raw::coroutine::Fiber;

/// The coroutine was killed; never cleared.
const KILLED: u8 = 1;
/// Something waits in `raised`.
const RAISED: u8 = 2;
/// `thrown` holds what its callee unwound with.
const THROWN: u8 = 4;
/// It is in no chain, and left the last one in the middle of an unwind or with shields or frames of its own.
const HOLDS: u8 = 8;
/// It has resumed another one from a destructor, in the middle of its own unwind.
const IN_DESTRUCTOR: u8 = 16;
/// It has got control from a coroutine that has ended and is to be dropped.
const HAS_DEAD: u8 = 32;

/// Names a coroutine, for ever: a handle is this and nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct CoroutineKey {
    /// The number of the OS thread's table.
    pub(crate) table: u64,
    pub(crate) slot: u32,
    /// Unique in the process.
    pub(crate) number: u64,
}

/// Where a coroutine stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It has no stack yet.
    New,
    /// It waits for an input.
    Suspended,
    /// It waits for the answer of a coroutine that it has resumed.
    Calling,
    /// It has control in its chain; its thread may be parked.
    Running,
    /// Its function has returned, or was dropped unrun.
    Done,
}

/// Who gets control when a coroutine gives a value out or ends.
#[derive(Default)]
pub(super) enum Caller {
    /// It is in no chain.
    #[default]
    Nobody,
    /// The stack of the thread itself.
    Base,
    Coroutine(Rc<Head>),
}

/// The way of typed values into and out of a coroutine; the chain does not know their types.
pub(crate) trait Ports {
    /// Puts a value there that was given out; takes it from the `Option<T>` if that `T` is the type waited for.
    fn put_yielded(&self, value: &mut dyn Any) -> bool;

    /// Puts the result of a function there, as `put_yielded`.
    fn put_complete(&self, value: &mut dyn Any) -> bool;

    /// Puts an end there that is no result.
    fn put_ended(&self, ending: JoinError);

    /// Says that what should have been put there has another type.
    fn put_mismatch(&self, message: String);

    /// Drops what was put there and is not wanted.
    fn discard(&self);

    /// The names of the types of what is given out and of the result.
    fn type_names(&self) -> (&'static str, &'static str);

    fn into_any(self: Rc<Self>) -> Rc<dyn Any>;
}

/// Drops an answer that nobody takes; a panic of its destructor ends there.
pub(crate) struct DiscardOnDrop<'a>(pub(crate) &'a dyn Ports);

impl Drop for DiscardOnDrop<'_> {
    fn drop(&mut self) {
        chain::shielded(|| {
            if let Err(payload) = unwind::catch(|| self.0.discard()) {
                // The payload's own destructor might panic in turn.
                std::mem::forget(payload);
            }
        });
    }
}

/// What a coroutine runs; it catches all that unwinds, and ends with `chain::finish`.
type Entry = Box<dyn FnOnce(Rc<Head>)>;

/// What a coroutine is made of.
pub(crate) struct Parts {
    pub(crate) inlet: Rc<dyn Any>,
    pub(crate) ports: Rc<dyn Ports>,
    /// In bytes, if one was asked for.
    pub(crate) stack_size: Option<usize>,
    pub(crate) entry: Entry,
}

/// One coroutine. The table of its OS thread holds it until it is done; frames that deal with it hold it as well.
pub(crate) struct Head {
    pub(crate) key: CoroutineKey,
    /// The table of its OS thread.
    pub(super) all: Rc<Coroutines>,
    /// The place for its next input, a `Cell<Option<In>>`.
    pub(crate) inlet: Rc<dyn Any>,
    /// Where its answers are put for its caller.
    pub(crate) ports: Rc<dyn Ports>,
    pub(crate) site: &'static Location<'static>,
    /// In bytes, if one was asked for.
    pub(super) stack_size: Option<usize>,
    /// What it will run; taken at the first resume.
    pub(super) entry: Cell<Option<Entry>>,
    /// Set at the first resume.
    pub(super) fiber: OnceCell<Fiber>,
    /// The number of the loop in which it was started, or `coroutines::OUTSIDE`; 0 before. It can be resumed there only.
    pub(super) home: Cell<u64>,
    pub(super) state: Cell<State>,
    /// The chain it is in: a thread's number, or `OUTSIDE`; 0 if it is in none.
    pub(super) chain: Cell<u64>,
    pub(super) caller: Cell<Caller>,
    /// Whether the caller waits at these ports, as it does unless a transfer has led here.
    pub(super) answers_itself: Cell<bool>,
    /// The ports at which it waits, while it is `Calling`.
    pub(super) awaits: RefCell<Option<Rc<dyn Ports>>>,
    flags: Cell<u8>,
    raised: RefCell<VecDeque<Box<dyn Any + Send>>>,
    thrown: Cell<Option<Box<dyn Any + Send>>>,
    /// Whether a kill was delivered before.
    delivered: Cell<bool>,
    /// How many shields and frames its thread had when it entered the chain; those above are its own.
    pub(super) entered_at: Cell<Depth>,
    /// Its own shields and frames, while it is in no chain.
    detached: RefCell<Detached>,
    /// What it knows of its own last unwind.
    pub(super) mark: Cell<Mark>,
    /// It is out of every chain in the middle of an unwind, and the loop counts it.
    parked_unwinding: Cell<bool>,
}

impl Head {
    pub(super) fn new(
        key: CoroutineKey,
        all: Rc<Coroutines>,
        parts: Parts,
        site: &'static Location<'static>,
    ) -> Head {
        let Parts { inlet, ports, stack_size, entry } = parts;
        Head {
            key,
            all,
            inlet,
            ports,
            site,
            stack_size,
            entry: Cell::new(Some(entry)),
            fiber: OnceCell::new(),
            home: Cell::new(0),
            state: Cell::new(State::New),
            chain: Cell::new(0),
            caller: Cell::default(),
            answers_itself: Cell::new(false),
            awaits: RefCell::default(),
            flags: Cell::new(0),
            raised: RefCell::default(),
            thrown: Cell::new(None),
            delivered: Cell::new(false),
            entered_at: Cell::default(),
            detached: RefCell::default(),
            mark: Cell::default(),
            parked_unwinding: Cell::new(false),
        }
    }

    /// Whether it is still the one with this number, and waits for an input in this loop.
    #[inline(always)]
    pub(super) fn waits_for_input(&self, number: u64, home: u64) -> bool {
        self.key.number == number && self.state.get() == State::Suspended && self.home.get() == home
    }

    /// Whether it waits for the answer of another coroutine.
    #[inline(always)]
    pub(crate) fn is_calling(&self) -> bool {
        self.state.get() == State::Calling
    }

    /// The ports at which it waits for an answer.
    pub(crate) fn awaited(&self) -> Option<Rc<dyn Ports>> {
        self.awaits.borrow().clone()
    }

    /// Whether its caller waits at its own ports.
    #[inline(always)]
    pub(crate) fn answers_itself(&self) -> bool {
        self.answers_itself.get()
    }

    /// Drops the function of a coroutine that will never run.
    pub(crate) fn drop_entry(&self) {
        drop(self.entry.take());
    }

    /// Whether it can be made to go on: it is in no chain and not done.
    pub(super) fn is_at_rest(&self) -> bool {
        match self.state.get() {
            State::Suspended => true,
            State::Calling => self.chain.get() == 0,
            State::New | State::Running | State::Done => false,
        }
    }

    /// Whether a kill or a raise would be held back now: it is at rest in the middle of an unwind or of a shield.
    pub(super) fn holds_back(&self) -> bool {
        self.is_parked_unwinding() || self.detached.borrow().is_shielded()
    }

    pub(super) fn kill(&self) {
        self.set(KILLED);
    }

    pub(super) fn push_raise(&self, payload: Box<dyn Any + Send>) {
        self.raised.borrow_mut().push_back(payload);
        self.set(RAISED);
    }

    /// Gives a raise back that was taken and not delivered.
    pub(super) fn put_back(&self, payload: Box<dyn Any + Send>) {
        self.raised.borrow_mut().push_front(payload);
        self.set(RAISED);
    }

    /// Lets the coroutine, when it has control again, unwind with what its callee unwound with.
    pub(super) fn throw(&self, payload: Box<dyn Any + Send>) {
        self.thrown.set(Some(payload));
        self.set(THROWN);
    }

    fn set(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag);
    }

    fn clear(&self, flag: u8) {
        self.flags.set(self.flags.get() & !flag);
    }

    fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    /// Gives up control, until it comes back; `chain` has arranged who gets it.
    #[inline(always)]
    pub(super) fn switch(&self) {
        match self.fiber.get() {
            Some(fiber) => fiber.suspend(),
            None => unreachable!("a coroutine that runs has a stack"),
        }
        if self.flags.get() != 0 {
            self.come_back_slowly();
        }
    }

    /// Takes up what it left behind or what has arrived meanwhile.
    #[cold]
    fn come_back_slowly(&self) {
        let dead = self.has(HAS_DEAD).then(|| self.all.dead.take());
        self.clear(HAS_DEAD);
        let unwinds = self.is_parked_unwinding() || self.is_in_destructor();
        if !unwinds && self.parked_unwinding.get() {
            self.mark.set(Mark::default());
        }
        self.clear(IN_DESTRUCTOR);
        if self.has(HOLDS) {
            self.attach();
        }
        if unwinds {
            self.mark.set(unwind::renewed(self.mark.get()));
        }
        // It may be user code; all is in order again.
        drop(dead);
        self.deliver();
    }

    /// Gives the thread in whose chain it is now what it took from the last one.
    fn attach(&self) {
        self.clear(HOLDS);
        let parked = self.parked_unwinding.take();
        current::with(|cx| {
            let Some(cx) = cx else { return };
            if parked {
                unwind::end_parked(cx);
            }
            cx.lp.attach(cx, self.detached.take());
        });
    }

    /// Whether it is in no chain in the middle of its own unwind. If nobody unwinds on this OS thread, it had not told
    /// what ended its last one (std's `catch_unwind`), and does not unwind either.
    fn is_parked_unwinding(&self) -> bool {
        self.parked_unwinding.get() && std::thread::panicking()
    }

    /// Notes, before it resumes another one, whether it does so from a destructor in the middle of its own unwind.
    #[cold]
    pub(super) fn note_destructor(&self) {
        if self.unwinds() {
            self.set(IN_DESTRUCTOR);
        }
    }

    pub(super) fn is_in_destructor(&self) -> bool {
        self.has(IN_DESTRUCTOR)
    }

    /// Whether this coroutine, which has control, unwinds, as opposed to somebody in whose destructor it was resumed.
    pub(super) fn unwinds(&self) -> bool {
        std::thread::panicking() && unwind::own_mark().is_some()
    }

    /// Forgets an unwind that is over: the coroutine enters a chain, and left the last one while nobody unwound.
    #[cold]
    pub(super) fn enter_destructor(&self) {
        if !self.parked_unwinding.get() {
            self.mark.set(Mark::default());
        }
    }

    /// Notes that it is to drop a coroutine that has ended, when it has control.
    pub(super) fn note_dead(&self) {
        self.set(HAS_DEAD);
    }

    /// Leaves its chain at its end, when no unwind of its own is left.
    pub(super) fn leave_for_good(&self) {
        self.chain.set(0);
        current::with(|cx| {
            let Some(cx) = cx else { return };
            if cx.rec.interrupts.depth() != self.entered_at.get() {
                drop(cx.lp.detach(cx, self.entered_at.get()));
            }
        });
    }

    /// Takes what is its own out of the thread whose chain it leaves: its unwind, if it `unwinds`, and the shields and
    /// frames above those with which it entered.
    #[cold]
    pub(super) fn detach(&self, unwinds: bool) {
        self.set(HOLDS);
        self.parked_unwinding.set(unwinds);
        self.clear(IN_DESTRUCTOR);
        current::with(|cx| {
            let Some(cx) = cx else { return };
            if unwinds {
                cx.lp.begin_parked_unwind();
            }
            self.detached.replace(cx.lp.detach(cx, self.entered_at.get()));
        });
    }

    /// Raises what is pending for this coroutine, which has control.
    #[inline(always)]
    pub(super) fn deliver(&self) {
        if self.flags.get() != 0 {
            self.deliver_slowly();
        }
    }

    #[cold]
    fn deliver_slowly(&self) {
        if let Some(payload) = self.thrown.take() {
            self.clear(THROWN);
            unwind::resume(payload);
        }
        if self.unwinds() || self.is_shielded() {
            return;
        }
        if self.has(KILLED) {
            if self.delivered.replace(true) {
                // Code that swallows a kill and comes back for more must not keep the loop to itself.
                wait::give_way_here();
            }
            unwind::start(UnwindKind::CoroutineKill(self.key.number));
        }
        if let Some(payload) = self.take_raised() {
            unwind::start(UnwindKind::CoroutineRaise(self.key.number, payload));
        }
    }

    fn take_raised(&self) -> Option<Box<dyn Any + Send>> {
        let mut raised = self.raised.borrow_mut();
        let payload = raised.pop_front();
        if raised.is_empty() {
            self.clear(RAISED);
        }
        payload
    }

    /// Drops what was raised and can be delivered no more.
    pub(super) fn bury_raised(&self) {
        while let Some(payload) = self.take_raised() {
            unwind::drop_quietly(payload);
        }
    }

    /// Whether it is inside a shield of its own, while it has control.
    fn is_shielded(&self) -> bool {
        current::with(|cx| {
            cx.is_some_and(|cx| cx.rec.interrupts.depth().is_shielded_since(self.entered_at.get()))
        })
    }

    /// Sorts what its function unwound with: an end of this coroutine alone, or something for its caller.
    pub(crate) fn sort(
        &self,
        payload: Box<dyn Any + Send>,
    ) -> Result<JoinError, Box<dyn Any + Send>> {
        let mine = self.key.number;
        let unwind = payload.downcast::<Unwind>()?;
        let ends_here = match unwind.kind() {
            UnwindKind::CoroutineKill(number) | UnwindKind::CoroutineRaise(number, _) => {
                *number == mine
            }
            // It was another thread's, in whose chain this coroutine left in the middle of the unwind.
            UnwindKind::Timeout(frame) => !has_frame(*frame),
            UnwindKind::Kill(thread) | UnwindKind::Raise(thread, _) => *thread != self.chain.get(),
        };
        if ends_here { Ok(self.ending(*unwind)) } else { Err(unwind) }
    }

    /// An end by a kill or a raise.
    pub(super) fn ending(&self, unwind: Unwind) -> JoinError {
        JoinError::from_unwind(Box::new(unwind), self.to_string())
    }
}

/// Whether the running thread is inside the `timeout` call with this number.
fn has_frame(frame: u64) -> bool {
    current::with(|cx| cx.is_some_and(|cx| cx.rec.interrupts.has_frame(frame)))
}

impl Drop for Head {
    fn drop(&mut self) {
        if let Some(stack) = self.fiber.take().and_then(Fiber::into_stack) {
            self.all.give_stack(stack);
        }
    }
}

/// As messages call a coroutine.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

impl fmt::Display for CoroutineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "coroutine {}", self.number)
    }
}

impl Head {
    /// Makes its fiber: from now on it can be switched to.
    pub(super) fn start(&self, make: impl FnOnce() -> io::Result<Fiber>) -> io::Result<()> {
        let fiber = make()?;
        assert!(self.fiber.set(fiber).is_ok(), "a coroutine starts once");
        self.state.set(State::Suspended);
        Ok(())
    }
}
