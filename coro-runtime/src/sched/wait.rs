//! Waiting: the only module that suspends a thread (`README.md`, section 3).

use std::fmt;
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::current::{self, Cx};
use super::interrupt::Interrupt;
use super::record::{Cause, State};
use super::remote::{LoopId, Message};
use super::timers::Target;
use crate::sys::socket::{Direction, block_until_any};

/// Wakes one wait. A waiter may be kept for ever: once its wait is over it does nothing.
#[derive(Clone)]
pub(crate) struct Waiter(Kind);

#[derive(Clone)]
enum Kind {
    /// A wait of a thread: the loop, the slot, the ticket.
    Thread { id: LoopId, slot: u32, ticket: u64 },
    /// A wait of an OS thread outside any loop.
    Os(Arc<OsWaiter>),
    /// A wait of a future, in whatever executor.
    Task(Waker),
}

/// It keeps off std's `park`, whose token belongs to the OS thread's own code.
#[derive(Debug, Default)]
struct OsWaiter {
    woken: Mutex<bool>,
    changed: Condvar,
    /// Both ends of a stream, for an OS thread that polls descriptors meanwhile: a byte in it ends the poll.
    bell: Option<(UnixStream, UnixStream)>,
}

/// How long an OS thread polls at a time if there was no descriptor left for its bell.
const WITHOUT_BELL: Duration = Duration::from_millis(10);

impl OsWaiter {
    fn with_bell() -> OsWaiter {
        OsWaiter { bell: UnixStream::pair().ok(), ..OsWaiter::default() }
    }

    fn wake(&self) {
        let was_woken = std::mem::replace(
            &mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner),
            true,
        );
        if was_woken {
            return;
        }
        self.changed.notify_one();
        if let Some((ring, _)) = &self.bell {
            // It is rung once, so there is room for the byte.
            let _ = (&*ring).write(&[1]);
        }
    }

    fn is_woken(&self) -> bool {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks until `wake` was called or a descriptor is ready; false if the deadline passed first.
    fn poll(&self, fds: &[(BorrowedFd<'_>, Direction)], deadline: Option<Instant>) -> bool {
        let bell = self.bell.as_ref().map(|(_, heard)| (heard.as_fd(), Direction::Read));
        let fds: Vec<_> = fds.iter().copied().chain(bell).collect();
        while !self.is_woken() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            let limit = if bell.is_some() { None } else { Some(WITHOUT_BELL) };
            // What went wrong will be found again by whoever looks at the descriptor.
            if block_until_any(&fds, left.into_iter().chain(limit).min()).unwrap_or(true) {
                return true;
            }
        }
        true
    }

    /// Blocks until `wake` was called; false if the deadline passed first.
    fn block(&self, deadline: Option<Instant>) -> bool {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !*woken {
            let Some(deadline) = deadline else {
                woken = self.changed.wait(woken).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let outcome = self.changed.wait_timeout(woken, left);
            woken = outcome.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Waiter {
    /// Ends the wait, from whatever OS thread.
    pub(crate) fn wake(self) {
        match self.0 {
            Kind::Thread { id, slot, ticket } => current::with_loop(|lp| match lp {
                Some(lp) if lp.id() == id => lp.wake(slot, ticket, Cause::Woken),
                // A loop that has ended has no waits left to wake.
                _ => drop(id.send(Message::Wake { slot, ticket })),
            }),
            Kind::Os(waiter) => waiter.wake(),
            // User code, but for the loop it is a wake-up like any other: a panic of it must not come back here.
            Kind::Task(waker) => super::unwind::quietly(|| waker.wake()),
        }
    }

    /// Stands for a future that waits.
    pub(crate) fn of_task(waker: Waker) -> Waiter {
        Waiter(Kind::Task(waker))
    }

    /// Whether it is a wait of a thread of that loop.
    #[inline]
    pub(crate) fn is_in(&self, loop_id: LoopId) -> bool {
        matches!(self.0, Kind::Thread { id, .. } if id == loop_id)
    }

    /// Slot and ticket, for what only threads of the loop can wait for.
    pub(crate) fn local(&self) -> Option<(u32, u64)> {
        match self.0 {
            Kind::Thread { slot, ticket, .. } => Some((slot, ticket)),
            Kind::Os(_) | Kind::Task(_) => None,
        }
    }

    #[cfg(test)]
    pub(crate) fn of_no_one() -> Waiter {
        Waiter(Kind::Os(Arc::default()))
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Thread { slot, ticket, .. } => write!(f, "Waiter({slot}, {ticket})"),
            Kind::Os(_) => f.write_str("Waiter(an OS thread)"),
            Kind::Task(_) => f.write_str("Waiter(a future)"),
        }
    }
}

/// Something that can end a wait.
pub(crate) trait Clause {
    /// What the thread waits for, as a report says it.
    const WHAT: &'static str;

    /// Arranges for the waiter to be woken. It may be woken at once.
    fn register(&mut self, waiter: Waiter);

    /// Undoes `register`, or as much of it as was done when it panicked, and says whether the clause had fired.
    fn deregister(&mut self) -> bool;

    /// What an OS thread outside any loop polls for while it waits, besides being woken.
    fn descriptors(&self) -> Vec<(BorrowedFd<'_>, Direction)> {
        Vec::new()
    }
}

/// The clause that never fires: only the deadline or an interrupt ends the wait.
pub(crate) struct Never;

impl Clause for Never {
    const WHAT: &'static str = "the end of its sleep";

    fn register(&mut self, _waiter: Waiter) {}

    fn deregister(&mut self) -> bool {
        false
    }
}

/// How a wait ended.
#[must_use]
pub(crate) enum Outcome {
    /// The clause had fired, whatever else happened.
    Fired,
    /// The deadline passed.
    TimedOut,
    /// An interrupt is to be raised.
    Interrupted(Interrupt),
}

impl Outcome {
    /// Raises the interrupt, if there is one; whether the clause had fired.
    #[inline]
    pub(crate) fn or_raise(self) -> bool {
        match self {
            Outcome::Fired => true,
            Outcome::TimedOut => false,
            Outcome::Interrupted(interrupt) => interrupt.raise(),
        }
    }
}

/// A deadline that lies `duration` from now; none, if that is beyond the end of time.
pub(crate) fn deadline_after(duration: Duration) -> Option<Instant> {
    now().checked_add(duration)
}

/// Whether the deadline lies behind.
pub(crate) fn has_passed(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| deadline <= now())
}

/// Counts an operation that need not wait against the running thread's budget, so that busy threads let others run.
///
/// It may give way, and raise an interrupt then: so it comes before the operation.
#[inline]
pub(crate) fn spend_operation() {
    current::with(|cx| {
        if let Some(cx) = cx {
            cx.lp.spend_operation(cx);
        }
    });
}

/// The time by the loop's clock, or the system's outside any loop.
pub(crate) fn now() -> Instant {
    current::with_loop(|lp| lp.map_or_else(Instant::now, super::Loop::now))
}

/// Waits until the clause fires, the deadline passes or an interrupt arrives.
///
/// Inside a loop it parks the running thread, else it blocks the OS thread, which has no interrupts.
#[inline(always)]
pub(crate) fn on<C: Clause>(clause: &mut C, deadline: Option<Instant>) -> Outcome {
    current::with_argument((clause, deadline), on_here)
}

#[inline(always)]
fn on_here<C: Clause>(
    cx: Option<Cx<'_>>,
    (clause, deadline): (&mut C, Option<Instant>),
) -> Outcome {
    match cx {
        Some(cx) => on_loop(cx, clause, deadline),
        None => on_os_thread(clause, deadline),
    }
}

/// Deregisters on every exit, a panic of `register` included; `finish` is the ordinary one.
struct Registered<'a, C: Clause>(Option<&'a mut C>);

impl<'a, C: Clause> Registered<'a, C> {
    #[inline(always)]
    fn new(clause: &'a mut C, waiter: Waiter) -> Registered<'a, C> {
        let mut registered = Registered(Some(clause));
        if let Some(clause) = &mut registered.0 {
            clause.register(waiter);
        }
        registered
    }

    #[inline]
    fn finish(mut self) -> bool {
        self.0.take().is_some_and(Clause::deregister)
    }
}

impl<C: Clause> Drop for Registered<'_, C> {
    fn drop(&mut self) {
        if let Some(clause) = self.0.take() {
            clause.deregister();
        }
    }
}

#[inline(always)]
pub(crate) fn on_loop<C: Clause>(cx: Cx<'_>, clause: &mut C, deadline: Option<Instant>) -> Outcome {
    let Cx { lp, rec } = cx;
    let unwinding = super::unwind::panicking();
    if rec.interrupts.any()
        && let Some(interrupt) = before_wait(cx, unwinding)
    {
        return Outcome::Interrupted(interrupt);
    }
    let ticket = lp.next_ticket();
    rec.ticket.set(ticket);
    rec.waiting_for.set(const { &C::WHAT });
    let waiter = Waiter(Kind::Thread { id: lp.id(), slot: rec.slot, ticket });
    let registered = Registered::new(clause, waiter);
    let timer =
        deadline.map(|deadline| lp.insert_timer(deadline, Target::Wait { slot: rec.slot, ticket }));

    if rec.ticket.get() == ticket {
        park(cx, unwinding);
    }

    if let Some(timer) = timer {
        lp.remove_timer(timer);
    }
    if registered.finish() {
        return Outcome::Fired;
    }
    match rec.cause.get() {
        Cause::Woken => Outcome::Fired,
        Cause::Deadline => Outcome::TimedOut,
        // Nothing to take means that a shield or an unwind began meanwhile, which only the thread itself can do.
        Cause::Interrupt => {
            rec.interrupts.take_deliverable().map_or(Outcome::Fired, Outcome::Interrupted)
        }
    }
}

/// The look at interrupts with which a wait begins.
#[cold]
fn before_wait(cx: Cx<'_>, unwinding: bool) -> Option<Interrupt> {
    count_suspension(cx);
    if unwinding {
        return None;
    }
    let interrupt = cx.rec.interrupts.take_deliverable()?;
    if cx.rec.interrupts.note_delivery() {
        // Code that swallows a sticky interrupt and comes back for more must not keep the loop to itself.
        give_way(cx);
    }
    Some(interrupt)
}

/// Springs the trap that a test has set on this suspension.
#[cold]
fn count_suspension(cx: Cx<'_>) {
    if !cx.rec.interrupts.is_trapped() {
        return;
    }
    if let Some(trap) = cx.rec.interrupts.spring_trap() {
        if trap.when_parked {
            // The message is read after the park.
            drop(cx.lp.id().send(Message::Kill(cx.lp.key_of(cx.rec))));
        } else {
            cx.rec.interrupts.kill();
        }
    }
}

/// Suspends the running thread until its ticket is spent.
#[inline(always)]
fn park(cx: Cx<'_>, unwinding: bool) {
    let Cx { lp, rec } = cx;
    rec.state.set(State::Parked);
    rec.interruptible.set(!unwinding);
    if unwinding {
        return park_unwinding(cx);
    }
    match &rec.fiber {
        Some(fiber) => fiber.suspend(),
        None => lp.drive(),
    }
}

/// Parks a thread that unwinds; others will see std's panic count raised meanwhile.
#[cold]
fn park_unwinding(cx: Cx<'_>) {
    super::unwind::begin_parked(cx);
    match &cx.rec.fiber {
        Some(fiber) => fiber.suspend(),
        None => cx.lp.drive(),
    }
    super::unwind::end_parked(cx);
}

#[cold]
fn on_os_thread<C: Clause>(clause: &mut C, deadline: Option<Instant>) -> Outcome {
    let polls = !clause.descriptors().is_empty();
    let waiter = Arc::new(if polls { OsWaiter::with_bell() } else { OsWaiter::default() });
    let registered = Registered::new(clause, Waiter(Kind::Os(waiter.clone())));
    let woken = match &registered.0 {
        Some(clause) if polls => waiter.poll(&clause.descriptors(), deadline),
        _ => waiter.block(deadline),
    };
    if registered.finish() || woken { Outcome::Fired } else { Outcome::TimedOut }
}

/// Lets the other ready threads run first.
#[inline(always)]
pub(crate) fn yield_now() {
    current::with_argument((), yield_here);
}

#[inline(always)]
fn yield_here(cx: Option<Cx<'_>>, (): ()) {
    match cx {
        Some(cx) => yield_in_loop(cx),
        None => std::thread::yield_now(),
    }
}

#[inline(always)]
pub(crate) fn yield_in_loop(cx: Cx<'_>) {
    match &cx.rec.fiber {
        // Suspending while the state is `Running` is what asks `drive` to put the thread back.
        Some(fiber) if !std::thread::panicking() => fiber.suspend(),
        _ => yield_slowly(cx),
    }
    if cx.rec.interrupts.any() {
        after_yield(cx);
    }
}

/// The yield of main, and of a thread that may be unwinding.
#[cold]
fn yield_slowly(cx: Cx<'_>) {
    let unwinding = super::unwind::panicking();
    if unwinding {
        super::unwind::begin_parked(cx);
    }
    give_way(cx);
    if unwinding {
        super::unwind::end_parked(cx);
    }
}

/// Suspends and stays ready.
fn give_way(cx: Cx<'_>) {
    let Cx { lp, rec } = cx;
    match &rec.fiber {
        Some(fiber) => fiber.suspend(),
        None => {
            lp.make_ready(rec);
            lp.drive();
        }
    }
}

/// Lets the others run first, without a look at interrupts. Outside any loop it does nothing.
pub(super) fn give_way_here() {
    current::with(|cx| {
        if let Some(cx) = cx {
            give_way(cx);
        }
    });
}

#[cold]
fn after_yield(cx: Cx<'_>) {
    count_suspension(cx);
    if super::unwind::panicking() {
        return;
    }
    if let Some(interrupt) = cx.rec.interrupts.take_deliverable() {
        interrupt.raise();
    }
}
