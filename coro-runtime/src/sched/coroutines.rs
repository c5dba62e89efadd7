//! The table of an OS thread's coroutines, and who of them runs (`README.md`, section 10).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::time::Instant;

use slab::Slab;

use super::Loop;
use super::chain::Base;
use super::current::{self, Cx};
use super::head::{CoroutineKey, Head, Parts, State};
use super::overflow;
use super::stacks;
use super::unwind::{self, Mark};
use crate::error::ResumeErrorKind as Refusal;
use crate::id::IdBlock;
use crate::raw::coroutine::Fiber;
use crate::raw::overflow::AlternateStack;
use crate::raw::pool::{Pool, Shape};
use crate::raw::ranges::Slot;
use crate::raw::stack::{DEFAULT_STACK_SIZE, Stack};

/// What the stacks of coroutines are like outside any loop.
const USUAL: Shape = Shape { size: DEFAULT_STACK_SIZE, guard: 0 };

/// The chain on an OS thread outside any loop, and the home of what was started there; no thread has this number.
const OUTSIDE: u64 = u64::MAX;

thread_local! {
    /// The table of this OS thread. Unfinished coroutines keep it alive when the OS thread ends, and with it their
    /// stacks: their destructors would run where other thread-locals are gone already.
    static HERE: Rc<Coroutines> = Rc::default();

    /// Whether a coroutine of this OS thread has had a stack, and overflows are told. Other than the table it is there without
    /// being made, so a signal handler may ask.
    static IS_PREPARED: Cell<bool> = const { Cell::new(false) };
}

/// The coroutines of one OS thread.
pub(super) struct Coroutines {
    /// The table's number, unique in the process.
    number: u64,
    ids: IdBlock,
    /// All that are not done.
    table: RefCell<Slab<Rc<Head>>>,
    /// The base outside any loop.
    pub(super) outside: Base,
    /// What the OS thread knows of its last unwind outside any loop.
    mark: Cell<Mark>,
    /// Who gets control from the base; nobody means that the base keeps it. Set just before a switch to the base.
    pub(super) next: Cell<Option<Rc<Head>>>,
    /// What the last coroutine of a chain unwound with, for the base.
    pub(super) thrown: Cell<Option<Box<dyn Any + Send>>>,
    /// The coroutine that has just ended, for whoever has control next to drop.
    pub(super) dead: Cell<Option<Rc<Head>>>,
    pub(super) pool: RefCell<Pool>,
    /// Where an overflow of any stack on this OS thread is told. It lies here because this is what ends with the OS thread.
    alternate_stack: AlternateStack,
}

/// Where the running code stands: its thread's base, the number of its chain, and the loop.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) base: &'a Base,
    pub(super) chain: u64,
    home: u64,
    cx: Option<Cx<'a>>,
}

/// The mark of whoever runs: a coroutine, or the thread on its own stack.
#[cold]
pub(super) fn mark() -> Mark {
    if let Some(me) = running() {
        return me.mark.get();
    }
    current::with(|cx| match cx {
        Some(cx) => cx.rec.interrupts.mark(),
        // Without a table the OS thread is about to end.
        None => here().map_or(Mark::default(), |all| all.mark.get()),
    })
}

/// Sets what `mark` gives.
#[cold]
pub(super) fn set_mark(mark: Mark) {
    if let Some(me) = running() {
        return me.mark.set(mark);
    }
    current::with(|cx| match cx {
        Some(cx) => cx.rec.interrupts.set_mark(mark),
        None => {
            if let Some(all) = here() {
                all.mark.set(mark);
            }
        }
    });
}

/// Whether a coroutine runs, as opposed to a thread on its own stack.
pub(super) fn in_coroutine() -> bool {
    running().is_some()
}

/// A number that is unique in the process.
pub(super) fn next_number() -> u64 {
    here().map_or(1, |all| all.ids.take())
}

/// The table of this OS thread; none, if the OS thread is about to end.
#[inline]
pub(super) fn here() -> Option<Rc<Coroutines>> {
    HERE.try_with(Rc::clone).ok()
}

/// Lets go of a portion of the coroutines' stacks that were not needed lately, and says when there may be more.
#[inline]
pub(super) fn tend_stacks() -> Option<Instant> {
    HERE.try_with(|all| all.pool.borrow_mut().tend()).ok().flatten()
}

/// Makes a coroutine.
///
/// # Panics
/// In the destructor of a thread-local, when this OS thread's table is gone.
pub(crate) fn make(parts: Parts, site: &'static Location<'static>) -> CoroutineKey {
    unwind::install_panic_hook();
    match here() {
        Some(all) => all.make(parts, site),
        None => panic!("this OS thread ends; it can make no coroutine any more"),
    }
}

/// Calls `f` with the coroutine that has control, or with none if the table is being changed at this moment; not at all on a
/// thread's own stack. For signal handlers, which may have interrupted anything.
pub(super) fn glimpse<R>(f: impl FnOnce(Option<&Head>) -> R) -> Option<R> {
    let look = |all: &Rc<Coroutines>| {
        let (slot, number) = all.place(|place| place.base.running());
        if number == 0 {
            return None;
        }
        let table = all.table.try_borrow().ok();
        let head = table.as_ref().and_then(|table| table.get(slot as usize));
        Some(f(head.map(|head| &**head).filter(|head| head.key.number == number)))
    };
    // Whoever asks first makes the table, and a signal handler must not.
    if !IS_PREPARED.get() {
        return None;
    }
    HERE.try_with(look).ok().flatten()
}

/// Whether a coroutine of this OS thread has this slot for its own stack, or the table is being changed.
pub(super) fn is_own(slot: Slot) -> bool {
    let look = |all: &Rc<Coroutines>| {
        all.table
            .try_borrow()
            .map_or(true, |table| table.iter().any(|(_, head)| overflow::is_stack_of(head, slot)))
    };
    IS_PREPARED.get() && HERE.try_with(look).unwrap_or(false)
}

/// The coroutine that has control; none on a thread's own stack.
pub(crate) fn running() -> Option<Rc<Head>> {
    let all = here()?;
    let (slot, number) = all.place(|place| place.base.running());
    if number == 0 {
        return None;
    }
    let table = all.table.borrow();
    table.get(slot as usize).filter(|head| head.key.number == number).cloned()
}

/// A coroutine that waits for an input and can be given one by `me`: the usual case, and no more. `admit` knows the others.
#[inline(always)]
pub(crate) fn find_waiting(me: &Head, key: CoroutineKey) -> Option<Rc<Head>> {
    me.all.find_waiting(key, me.home.get())
}

/// As `find_waiting`, for whoever runs here.
#[inline(always)]
pub(crate) fn find_waiting_here(key: CoroutineKey) -> Option<Rc<Head>> {
    HERE.try_with(|all| all.find_waiting(key, home())).ok().flatten()
}

/// A coroutine that can be given a value now; it has a stack from here on.
#[cold]
pub(crate) fn admit(key: CoroutineKey) -> Result<Rc<Head>, Refusal> {
    let all = here().ok_or(Refusal::Foreign)?;
    let head = all.find(key)?;
    all.admit(head)
}

/// The number of the loop of this OS thread, or `OUTSIDE`.
#[inline(always)]
pub(super) fn home() -> u64 {
    current::with_loop(|lp| lp.map_or(OUTSIDE, Loop::number))
}

/// A coroutine that is not done.
pub(crate) fn find(key: CoroutineKey) -> Option<Rc<Head>> {
    here()?.find(key).ok()
}

/// Whether a coroutine was started, and whether it is done; none, if this OS thread cannot know.
pub(crate) fn progress(key: CoroutineKey) -> Option<(bool, bool)> {
    match here()?.find(key) {
        Ok(head) => Some((head.state.get() != State::New, false)),
        Err(Refusal::Finished) => Some((true, true)),
        Err(_) => None,
    }
}

/// A line about each coroutine that was started in the loop `home` and is not done.
pub(super) fn leftovers(home: u64) -> Vec<String> {
    let started = started_in(home).into_iter();
    started.map(|head| format!("{head}, made at {}", head.site)).collect()
}

pub(super) fn started_in(home: u64) -> Vec<Rc<Head>> {
    let Some(all) = here() else { return Vec::new() };
    let table = all.table.borrow();
    let heads = table.iter().map(|(_, head)| head);
    heads.filter(|head| head.home.get() == home).cloned().collect()
}

impl Default for Coroutines {
    fn default() -> Coroutines {
        let ids = IdBlock::default();
        Coroutines {
            number: ids.take(),
            ids,
            table: RefCell::default(),
            outside: Base::new(),
            mark: Cell::default(),
            next: Cell::new(None),
            thrown: Cell::new(None),
            dead: Cell::new(None),
            pool: RefCell::default(),
            alternate_stack: AlternateStack::none(),
        }
    }
}

impl Coroutines {
    /// Calls `f` with the place where the running code stands.
    #[inline(always)]
    pub(super) fn place<R>(&self, f: impl FnOnce(Place<'_>) -> R) -> R {
        current::with(|cx| match cx {
            Some(Cx { lp, rec }) => {
                f(Place { base: &rec.base, chain: rec.number, home: lp.number(), cx })
            }
            None => f(Place { base: &self.outside, chain: OUTSIDE, home: OUTSIDE, cx: None }),
        })
    }

    fn make(self: &Rc<Self>, parts: Parts, site: &'static Location<'static>) -> CoroutineKey {
        let mut table = self.table.borrow_mut();
        let slot = table.vacant_key();
        let key = CoroutineKey {
            table: self.number,
            slot: u32::try_from(slot).expect("fewer than 2^32 coroutines fit into memory"),
            number: self.ids.take(),
        };
        table.insert(Rc::new(Head::new(key, self.clone(), parts, site)));
        key
    }

    /// The coroutine, if it waits for an input in the loop `home`. Numbers are unique, so one of another table is not
    /// taken for it.
    #[inline(always)]
    fn find_waiting(&self, key: CoroutineKey, home: u64) -> Option<Rc<Head>> {
        match self.table.borrow().get(key.slot as usize) {
            Some(head) if head.waits_for_input(key.number, home) => Some(head.clone()),
            _ => None,
        }
    }

    #[inline(always)]
    pub(super) fn find(&self, key: CoroutineKey) -> Result<Rc<Head>, Refusal> {
        if key.table != self.number {
            return Err(Refusal::Foreign);
        }
        match self.table.borrow().get(key.slot as usize) {
            Some(head) if head.key.number == key.number => Ok(head.clone()),
            _ => Err(Refusal::Finished),
        }
    }

    fn admit(&self, head: Rc<Head>) -> Result<Rc<Head>, Refusal> {
        self.place(|place| match head.state.get() {
            State::New => {
                let usual = place.cx.map_or(USUAL, |cx| cx.lp.usual_stack());
                let size = head.stack_size.unwrap_or(usual.size);
                head.start(|| self.make_fiber(Shape { size, ..usual }))
                    .map_err(Refusal::NoStack)?;
                head.home.set(place.home);
                Ok(head)
            }
            State::Calling if head.chain.get() == place.chain => Ok(head),
            _ if !head.is_at_rest() => Err(self.why_not_at_rest(&head)),
            _ if head.home.get() != place.home => Err(Refusal::Foreign),
            _ => Ok(head),
        })
    }

    pub(super) fn why_not_at_rest(&self, head: &Head) -> Refusal {
        self.place(|place| match head.state.get() {
            State::Done => Refusal::Finished,
            _ if head.chain.get() == place.chain => Refusal::Running,
            _ => Refusal::Parked,
        })
    }

    pub(super) fn alternate_stack(&self) -> &AlternateStack {
        &self.alternate_stack
    }

    fn make_fiber(&self, shape: Shape) -> io::Result<Fiber> {
        let stack = self.take_stack(shape)?;
        Ok(Fiber::of_static(stack, Box::new(run_entry)))
    }

    /// Takes a stack. The first time, it sees to it that overflows on this OS thread are told.
    pub(super) fn take_stack(&self, shape: Shape) -> io::Result<Stack> {
        if !IS_PREPARED.replace(true) {
            overflow::prepare();
        }
        stacks::take_from(&self.pool, shape)
    }

    /// Forgets a coroutine that is done; whoever holds its head drops it.
    pub(super) fn retire(&self, head: &Rc<Head>) {
        head.state.set(State::Done);
        let removed = self.table.borrow_mut().remove(head.key.slot as usize);
        debug_assert!(Rc::ptr_eq(&removed, head));
    }

    /// Takes back a stack on which nothing runs any more.
    pub(super) fn give_stack(&self, mut stack: Stack) {
        if current::with_loop(|lp| lp.is_some_and(Loop::clears_stacks)) {
            stack.clear();
        }
        self.pool.borrow_mut().give(stack);
    }

    /// Lets go of what lies below whatever is suspended on a stack of a coroutine.
    pub(super) fn release_unused(&self) {
        let table = self.table.borrow();
        table.iter().filter_map(|(_, head)| head.fiber.get()).for_each(Fiber::release_unused);
    }
}

/// The first frame on a coroutine's stack.
fn run_entry() {
    let me = running().expect("the base has made it the running one");
    let entry = me.entry.take().expect("a coroutine starts once");
    entry(me);
}

impl Loop {
    /// What the stacks of those are like that do not ask for more.
    fn usual_stack(&self) -> Shape {
        Shape { size: self.config.stack_size, guard: self.config.guard_size }
    }

    fn clears_stacks(&self) -> bool {
        self.config.clear_stacks
    }
}
