//! Chains of coroutines: who resumed whom, and the switch between them (`README.md`, section 10).
//!
//! All coroutines of a thread are resumed from one place, the *base* on the thread's own stack: a coroutine that resumes
//! another one suspends to the base and says who is next. So any coroutine may go to any other, in circles too, and a
//! switch between two of them costs one round trip. Who gets the answer is kept as data, in a chain of callers.
//!
//! Suspended stacks belong to the table of their OS thread; a handle is a key.
//!
//! On the way to a switch all is inlined and no closure is left as a call frame, for the reason that `current::with`
//! tells. What a coroutine needs to know of its thread is read before a switch and again after it, and never kept: the
//! thread may be another one then.

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::fmt;
use std::rc::Rc;

use super::coroutines::{Coroutines, Place, here, home, running, set_mark, started_in};
use super::current::{self, Cx};
use super::head::{Caller, CoroutineKey, DiscardOnDrop, Head, Ports, State};
use super::interrupt::Depth;
use super::{interrupt, unwind};
use crate::error::{JoinError, ResumeErrorKind as Refusal};
use crate::payload::{Unwind, UnwindKind};
use crate::raw::coroutine::{Fiber, Progress};

/// The ports at which somebody waits, if anybody does.
type Awaited = Cell<Option<Rc<dyn Ports>>>;

/// The place on a thread's own stack from which coroutines are resumed.
#[derive(Default)]
pub(crate) struct Base {
    /// The slot of the coroutine that has control in this thread's chain.
    slot: Cell<u32>,
    /// The number of that coroutine; 0 means that the thread's own stack has control.
    number: Cell<u64>,
    /// The ports at which the base waits. In a box, made once: few threads resume coroutines, and all have a base.
    awaits: OnceCell<Box<Awaited>>,
    /// The base has resumed a coroutine from a destructor, in the middle of the thread's unwind.
    in_destructor: Cell<bool>,
}

impl Base {
    pub(crate) const fn new() -> Base {
        Base {
            slot: Cell::new(0),
            number: Cell::new(0),
            awaits: OnceCell::new(),
            in_destructor: Cell::new(false),
        }
    }

    /// Whether somebody below the coroutine that has control is in the middle of an unwind: the thread's own stack, or
    /// another coroutine of the chain.
    pub(super) fn is_in_destructor(&self) -> bool {
        self.is_occupied()
            && (self.in_destructor.get()
                || running().is_some_and(|top| has_caller_in_destructor(&top)))
    }

    /// Whether a coroutine has control in this thread's chain.
    pub(super) fn is_occupied(&self) -> bool {
        self.number.get() != 0
    }

    /// The slot and the number of the coroutine that has control, as `slot` and `number` say.
    pub(super) fn running(&self) -> (u32, u64) {
        (self.slot.get(), self.number.get())
    }

    /// The ports at which the base waits, if it does.
    fn awaited(&self) -> Option<Rc<dyn Ports>> {
        let awaits = self.awaits.get()?;
        let ports = awaits.take();
        awaits.set(ports.clone());
        ports
    }

    fn set_awaited(&self, ports: Option<Rc<dyn Ports>>) {
        self.awaits.get_or_init(Box::default).set(ports);
    }

    /// Runs coroutines, beginning with `next`, until the base has control again.
    #[inline(always)]
    fn run(&self, all: &Coroutines, mut next: Rc<Head>) {
        loop {
            next.state.set(State::Running);
            self.slot.set(next.key.slot);
            self.number.set(next.key.number);
            match next.fiber.get().map(Fiber::resume) {
                Some(Progress::Suspended | Progress::Done) => {}
                None => unreachable!("only coroutines that were started are next"),
            }
            match all.next.take() {
                Some(head) => next = head,
                None => break,
            }
        }
        self.number.set(0);
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base").field("running", &self.number.get()).finish()
    }
}

fn has_caller_in_destructor(top: &Rc<Head>) -> bool {
    let mut head = top.clone();
    while let Some(caller) = caller_of(&head) {
        if caller.is_in_destructor() {
            return true;
        }
        head = caller;
    }
    false
}

/// Whether `is_wanted` is true of the number of a coroutine in the running thread's chain.
pub(super) fn has_in_chain(is_wanted: impl Fn(u64) -> bool) -> bool {
    let mut head = running();
    while let Some(top) = head {
        if is_wanted(top.key.number) {
            return true;
        }
        head = caller_of(&top);
    }
    false
}

fn caller_of(head: &Head) -> Option<Rc<Head>> {
    let caller = head.caller.take();
    let found = match &caller {
        Caller::Coroutine(caller) => Some(caller.clone()),
        Caller::Base | Caller::Nobody => None,
    };
    head.caller.set(caller);
    found
}

/// What a coroutine sees of its thread just before it gives up control; no user code runs in between.
#[derive(Clone, Copy)]
pub(crate) struct Glance {
    depth: Depth,
    /// Somebody unwinds on this OS thread.
    panicking: bool,
}

fn glance() -> Glance {
    let depth = current::with(|cx| cx.map_or(Depth::default(), |cx| cx.rec.interrupts.depth()));
    Glance { depth, panicking: std::thread::panicking() }
}

/// Checks that `me` has control, and raises what is pending for it, before it gives a value away.
///
/// # Panics
/// If another coroutine or thread has control: `me` was asked to suspend by code that does not run on its stack.
#[inline(always)]
#[track_caller]
pub(crate) fn before_leaving(me: &Rc<Head>) -> Glance {
    let (number, depth) = current::with(|cx| match cx {
        Some(Cx { rec, .. }) => (rec.base.number.get(), rec.interrupts.depth()),
        None => (me.all.outside.number.get(), Depth::default()),
    });
    if number != me.key.number {
        not_on_its_stack(me);
    }
    // It raises, or holds back, and leaves the depth as it is.
    me.deliver();
    Glance { depth, panicking: std::thread::panicking() }
}

#[cold]
#[track_caller]
fn not_on_its_stack(me: &Head) -> ! {
    panic!(
        "{me} cannot suspend: this code does not run on its stack; call it from its own function"
    );
}

/// Resumes `target`, to which the value was given; returns when an answer is at `ports`, which are its.
///
/// What the callee unwinds with goes on here, and so do a kill and a raise of the caller, which is `me`, or the base.
#[inline(always)]
pub(crate) fn call(me: Option<(&Rc<Head>, Glance)>, target: Rc<Head>, ports: Rc<dyn Ports>) {
    let Some((me, glance)) = me else {
        let all = target.all.clone();
        let thrown = all.place(|place| call_from_base(&all, place, target, ports));
        // Only here, where nothing of the loop or its records is borrowed: this may run user code, and end the loop.
        drop(all.dead.take());
        if let Some(payload) = thrown {
            unwind::resume(payload);
        }
        return;
    };
    if glance.panicking {
        me.note_destructor();
    }
    me.state.set(State::Calling);
    me.awaits.replace(Some(ports));
    let chain = me.chain.get();
    if target.chain.get() == chain {
        // It is one of this one's callers: what was given to it is the answer for which it waits.
        leave_chain_down_to(me, glance, Some(&target));
    } else {
        target.caller.set(Caller::Coroutine(me.clone()));
        target.answers_itself.set(true);
        enter(&target, chain, glance);
    }
    me.all.next.set(Some(target));
    me.switch();
    me.awaits.replace(None);
}

/// Resumes `target` from the thread's own stack; what it unwound with. No user code runs in here but the coroutines'.
#[inline(always)]
fn call_from_base(
    all: &Coroutines,
    place: Place<'_>,
    target: Rc<Head>,
    ports: Rc<dyn Ports>,
) -> Option<Box<dyn Any + Send>> {
    let glance = glance();
    let unwinding = if glance.panicking { unwind::own_mark() } else { None };
    place.base.in_destructor.set(unwinding.is_some());
    target.caller.set(Caller::Base);
    target.answers_itself.set(true);
    enter(&target, place.chain, glance);
    place.base.set_awaited(Some(ports));
    place.base.run(all, target);
    place.base.set_awaited(None);
    if let Some(mark) = unwinding {
        place.base.in_destructor.set(false);
        set_mark(unwind::renewed(mark));
    }
    all.thrown.take()
}

/// Puts `target` on top of a chain.
#[inline(always)]
fn enter(target: &Head, chain: u64, glance: Glance) {
    target.chain.set(chain);
    target.entered_at.set(glance.depth);
    if glance.panicking {
        target.enter_destructor();
    }
}

/// Takes `me`, which has control, from the top of its chain.
#[inline(always)]
fn leave(me: &Head, glance: Glance) {
    me.chain.set(0);
    if glance.panicking {
        me.detach(me.unwinds());
    } else if glance.depth != me.entered_at.get() {
        me.detach(false);
    }
}

/// Goes from `me` to `target`, to which the value was given, and leaves `me` waiting for an input.
#[inline(always)]
pub(crate) fn transfer(me: &Rc<Head>, glance: Glance, target: Rc<Head>) {
    me.state.set(State::Suspended);
    let chain = me.chain.get();
    if target.chain.get() == chain {
        leave_chain_down_to(me, glance, Some(&target));
    } else {
        leave(me, glance);
        target.caller.set(me.caller.take());
        target.answers_itself.set(false);
        enter(&target, chain, Glance { depth: me.entered_at.get(), ..glance });
    }
    me.all.next.set(Some(target));
    me.switch();
}

/// Gives control to the caller of `me`, which has its answer, and leaves `me` waiting for an input.
#[inline(always)]
pub(crate) fn suspend(me: &Rc<Head>, glance: Glance) {
    me.all.next.set(give_back(me));
    me.state.set(State::Suspended);
    leave(me, glance);
    me.switch();
}

/// Gives control to the base, past all callers, and leaves `me` waiting for an input.
pub(crate) fn leave_for_main(me: &Rc<Head>, glance: Glance) {
    me.state.set(State::Suspended);
    leave_chain_down_to(me, glance, None);
    me.all.next.set(None);
    me.switch();
}

/// Drops what was raised at `me`, whose function has returned, and can be delivered no more. It is user code, so it comes
/// before the answer.
pub(crate) fn settle(me: &Rc<Head>) {
    shielded(|| me.bury_raised());
}

/// Drops a value of a coroutine whose function has returned: it is user code that nothing interrupts or unwinds.
pub(crate) fn drop_last<T>(value: T) {
    shielded(|| unwind::drop_quietly(value));
}

/// Runs `f`, which does not unwind, with interrupts held back.
pub(super) fn shielded(f: impl FnOnce()) {
    let enter_or_leave = |change: fn(&interrupt::Interrupts)| {
        current::with(|cx| {
            if let Some(cx) = cx {
                change(&cx.rec.interrupts);
            }
        });
    };
    enter_or_leave(interrupt::Interrupts::enter_shield);
    f();
    enter_or_leave(interrupt::Interrupts::leave_shield);
}

/// Ends `me`: its caller, which has its answer or is thrown `thrown`, gets control when the entry function returns.
pub(crate) fn finish(me: &Rc<Head>, thrown: Option<Box<dyn Any + Send>>) {
    let caller = give_back(me);
    match (&caller, thrown) {
        (_, None) => {}
        (Some(caller), Some(payload)) => caller.throw(payload),
        (None, Some(payload)) => me.all.thrown.set(Some(payload)),
    }
    me.leave_for_good();
    me.all.retire(me);
    // Whoever gets control drops what is left, for here and in the base nobody else's code may run.
    if let Some(caller) = &caller {
        caller.note_dead();
    }
    me.all.dead.set(Some(me.clone()));
    me.all.next.set(caller);
}

/// Takes `me` from its caller, and returns the caller: none if it is the base.
#[inline(always)]
fn give_back(me: &Head) -> Option<Rc<Head>> {
    match me.caller.take() {
        Caller::Coroutine(caller) => Some(caller),
        Caller::Base => None,
        Caller::Nobody => unreachable!("a coroutine that runs has a caller"),
    }
}

/// Takes `me` and its callers out of the chain, up to `target`, which stays, or all of them.
#[cold]
fn leave_chain_down_to(me: &Rc<Head>, glance: Glance, target: Option<&Rc<Head>>) {
    let mut caller = me.caller.take();
    leave(me, glance);
    while let Caller::Coroutine(head) = caller {
        if target.is_some_and(|target| Rc::ptr_eq(target, &head)) {
            return;
        }
        caller = head.caller.take();
        head.chain.set(0);
        head.detach(head.is_in_destructor());
    }
}

/// The ports at which the caller of `me` waits.
pub(crate) fn awaited_from(me: &Head) -> Option<Rc<dyn Ports>> {
    let caller = me.caller.take();
    let ports = match &caller {
        Caller::Base => awaited_by_main(me),
        Caller::Coroutine(caller) => caller.awaited(),
        Caller::Nobody => None,
    };
    me.caller.set(caller);
    ports
}

/// The ports at which the base below `me` waits: what is put there, `leave_for_main` gives it.
pub(crate) fn awaited_by_main(me: &Head) -> Option<Rc<dyn Ports>> {
    me.all.place(|place| place.base.awaited())
}

/// Kills a coroutine: if it is at rest, it unwinds now; if it has control somewhere, at its next suspension.
pub(crate) fn kill(key: CoroutineKey) -> Result<(), Refusal> {
    match set_kill(key)? {
        Arrival::Unwinds(head) => {
            let ports = head.ports.clone();
            let unwanted = DiscardOnDrop(&*ports);
            let me = running();
            // What is pending for the killer itself waits, or the kill would not be made.
            call(me.as_ref().map(|me| (me, glance())), head, ports.clone());
            // From here on it is the killer's own code, which may be interrupted and panic.
            std::mem::forget(unwanted);
            ports.discard();
        }
        Arrival::Unrun(head) => head.drop_entry(),
        Arrival::Later | Arrival::Over => {}
    }
    Ok(())
}

/// As `kill`, for a destructor: whatever unwinds stays inside.
pub(crate) fn kill_quietly(key: CoroutineKey) {
    let Err(payload) = unwind::catch(|| kill(key)) else { return };
    match payload.downcast::<Unwind>().map(|unwind| unwind.into_kind()) {
        Ok(UnwindKind::CoroutineRaise(_, payload)) => match running() {
            Some(me) => me.put_back(payload),
            None => unwind::drop_quietly(payload),
        },
        Ok(UnwindKind::Raise(_, payload)) => interrupt::put_back(payload),
        // These are sticky: they come again.
        Ok(UnwindKind::Kill(_) | UnwindKind::CoroutineKill(_) | UnwindKind::Timeout(_)) => {}
        // The panic hook has told of the panic.
        Err(panic) => std::mem::forget(panic),
    }
}

/// What is to be done for a kill to arrive.
enum Arrival {
    /// Resume it: it will unwind.
    Unwinds(Rc<Head>),
    /// It had not started and never will.
    Unrun(Rc<Head>),
    /// Nothing: the kill waits for the coroutine.
    Later,
    /// Nothing: it is done.
    Over,
}

/// Sets a kill and says how it arrives.
fn set_kill(key: CoroutineKey) -> Result<Arrival, Refusal> {
    let all = here().ok_or(Refusal::Foreign)?;
    let head = match all.find(key) {
        Ok(head) => head,
        Err(Refusal::Finished) => return Ok(Arrival::Over),
        Err(refusal) => return Err(refusal),
    };
    if head.state.get() == State::New {
        all.retire(&head);
        return Ok(Arrival::Unrun(head));
    }
    if head.is_at_rest() && head.home.get() != home() {
        return Err(Refusal::Foreign);
    }
    head.kill();
    let unwinds = head.is_at_rest() && !head.holds_back();
    Ok(if unwinds { Arrival::Unwinds(head) } else { Arrival::Later })
}

/// What became of a raise.
pub(crate) enum Raised {
    /// It is pending in this coroutine, which is to be resumed.
    Pending(Rc<Head>),
    /// The coroutine had not started and never will; it ended like this.
    Unrun(Rc<Head>, JoinError),
}

/// Raises `payload` in a coroutine, which must be at rest.
pub(crate) fn raise(
    key: CoroutineKey,
    payload: Box<dyn Any + Send>,
) -> Result<Raised, (Refusal, Box<dyn Any + Send>)> {
    match can_be_raised_at(key) {
        Err(refusal) => Err((refusal, payload)),
        Ok(head) if head.state.get() == State::Done => {
            let ending = head.ending(Unwind::new(UnwindKind::CoroutineRaise(key.number, payload)));
            Ok(Raised::Unrun(head, ending))
        }
        Ok(head) => {
            head.push_raise(payload);
            Ok(Raised::Pending(head))
        }
    }
}

/// The coroutine, if it can be raised at now; one that has not started is done by that.
fn can_be_raised_at(key: CoroutineKey) -> Result<Rc<Head>, Refusal> {
    let all = here().ok_or(Refusal::Foreign)?;
    let head = all.find(key)?;
    match head.state.get() {
        State::New => all.retire(&head),
        _ if !head.is_at_rest() => return Err(all.why_not_at_rest(&head)),
        _ if head.home.get() != home() => return Err(Refusal::Foreign),
        _ if head.holds_back() => return Err(Refusal::Shielded),
        _ => {}
    }
    Ok(head)
}

/// Kills what was started in the loop that is about to end, and can be killed now; whether there was any. Main calls it.
pub(super) fn end_of_loop(home: u64) -> bool {
    let killable = |head: &Rc<Head>| head.is_at_rest() && !head.holds_back();
    let started = started_in(home);
    let keys: Vec<_> = started.iter().filter(|head| killable(head)).map(|head| head.key).collect();
    drop(started);
    keys.iter().copied().for_each(kill_quietly);
    !keys.is_empty()
}
