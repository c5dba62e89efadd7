//! Driving the loop: the turns, the visits to the poller, the end.

use std::io::{self, Write as _};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::chain;
use super::coroutines;
use super::current::Cx;
use super::record::{Cause, Record, State};
use super::remote::Message;
use super::timers::Target;
use super::wait::{self, Clause, Waiter};
use super::{Loop, Order, report_line};
use crate::raw::coroutine::{Fiber, Progress};

/// The poller is visited at least once in so many turns.
pub(super) const TURNS: u32 = 64;
/// A thread yields after so many operations that did not have to wait.
pub(super) const OPERATIONS: u32 = 128;
/// How often, in operations, the clock is looked at; a power of two.
const LOOK_EVERY: u32 = 16;
/// A thread yields after about this time, if it does operations at all.
const SLICE: Duration = Duration::from_millis(1);

impl Loop {
    /// Runs other threads until main is ready and its turn has come. Only main calls it.
    pub(super) fn drive(&self) {
        self.current.set(None);
        loop {
            match self.next_thread() {
                Some(rec) if rec.is_main() => break,
                Some(rec) => self.run_thread(rec),
                None => self.visit_outside(true),
            }
        }
        self.begin_turn(&self.main);
    }

    /// Gives each thread that is ready now one turn, and says how many there were. Only main calls it, and goes on.
    pub(super) fn take_turns(&self) -> usize {
        let count = self.ready.borrow().len();
        self.current.set(None);
        for left in (1..=count).rev() {
            let next = self.ready.borrow_mut().pop_of_first(left);
            if let Some(rec) = next {
                self.run_thread(rec);
            }
        }
        self.begin_turn(&self.main);
        count
    }

    #[inline(always)]
    fn next_thread(&self) -> Option<Rc<Record>> {
        let turns = self.turns_left.get();
        if turns == 0 {
            self.turns_left.set(TURNS);
            self.visit_outside(false);
        } else {
            self.turns_left.set(turns - 1);
        }
        self.ready.borrow_mut().pop()
    }

    #[inline(always)]
    fn begin_turn(&self, rec: &Record) {
        rec.state.set(State::Running);
        self.operations_left.set(OPERATIONS);
        self.turn_seen_at.set(None);
        self.current.set(Some(rec));
    }

    #[inline(always)]
    fn run_thread(&self, rec: Rc<Record>) {
        let Some(fiber) = &rec.fiber else { return };
        self.begin_turn(&rec);
        let progress = fiber.resume();
        self.current.set(None);
        match progress {
            Progress::Suspended if rec.state.get() == State::Running => {
                rec.state.set(State::Ready);
                self.ready.borrow_mut().push(rec);
            }
            // It is parked (or parked and woken at once, and then in the queue).
            Progress::Suspended => {}
            Progress::Done => self.retire(rec),
        }
    }

    /// Forgets a thread whose entry function has returned, and reuses its stack and its record.
    fn retire(&self, rec: Rc<Record>) {
        if rec.interrupts.any() {
            rec.interrupts.take_raised().into_iter().for_each(|payload| self.bury(payload));
        }
        let slot = rec.slot;
        // Nobody else but the table has the record of a thread that is neither parked nor ready.
        drop(rec);
        let (fiber, record) = self.registry.borrow_mut().remove(slot);
        drop(record);
        if let Some(stack) = fiber.and_then(Fiber::into_stack) {
            self.pool.borrow_mut().give(stack);
        }
        if self.is_alone() {
            self.wake_main();
        }
    }

    /// Ends main's wait for the other threads.
    pub(super) fn wake_main(&self) {
        if let Some(waiter) = self.last_thread.take() {
            waiter.wake();
        }
    }

    /// Takes in what has happened outside: messages, timers, edges.
    ///
    /// If it may block, it does so until at least one thread is ready.
    #[cold]
    fn visit_outside(&self, may_block: bool) {
        loop {
            self.read_messages();
            self.expire_timers();
            self.check_grace();
            self.check_exit();
            self.tend_stacks();
            let block = may_block && self.ready.borrow().is_empty();
            if !block && self.reactor.borrow().len() == 0 {
                return;
            }
            if let Err(error) =
                self.poll(if block { self.patience() } else { Some(Duration::ZERO) })
            {
                give_up(&format!("the poller of a coro loop failed: {error}"));
            }
            self.expire_timers();
            if !block || !self.ready.borrow().is_empty() {
                return;
            }
            self.jump_if_idle();
        }
    }

    /// Takes in what has happened outside, for one turn of a loop that is driven by hand: it asks the poller once, and
    /// waits there for at most `limit` if no thread is ready.
    pub(super) fn look_outside(&self, limit: Option<Duration>) -> io::Result<()> {
        self.read_messages();
        self.expire_timers();
        self.tend_stacks();
        let timeout = if self.ready.borrow().is_empty() {
            [self.patience(), limit].into_iter().flatten().min()
        } else {
            Some(Duration::ZERO)
        };
        self.poll(timeout)?;
        // The poller has taken the notifications in, so nobody else would announce these messages.
        self.read_messages();
        self.expire_timers();
        if self.ready.borrow().is_empty() {
            self.jump_if_idle();
            self.expire_timers();
        }
        Ok(())
    }

    /// Lets go of a portion of the stacks that were not needed lately, and notes when there may be more.
    pub(super) fn tend_stacks(&self) {
        let mine = self.pool.borrow_mut().tend();
        let earliest = [mine, coroutines::tend_stacks()].into_iter().flatten().min();
        self.stacks_due.set(earliest);
    }

    /// How long the poller may block: until the next timer, or until stacks can be let go, or for ever.
    pub(super) fn patience(&self) -> Option<Duration> {
        if self.inbox.has_messages() {
            return Some(Duration::ZERO);
        }
        let timer = self.timers.borrow_mut().next_deadline();
        if timer.is_some() && self.clock.is_paused() && self.helpers.get() == 0 {
            // Look at the fds once; if there is nothing, the clock jumps.
            return Some(Duration::ZERO);
        }
        let timer = timer.filter(|_| !self.clock.is_paused());
        let stacks = self.stacks_due.get();
        let earliest = [timer, self.grace_ends.get(), stacks].into_iter().flatten().min();
        let left = earliest.map(|earliest| earliest.saturating_duration_since(Instant::now()));
        [left, self.longest_sleep.get()].into_iter().flatten().min()
    }

    /// Moves a paused clock to the next deadline, as nothing else can happen before it.
    fn jump_if_idle(&self) {
        if self.helpers.get() > 0 || self.inbox.has_messages() {
            return;
        }
        if let Some(deadline) = self.timers.borrow_mut().next_deadline() {
            self.clock.jump_to(deadline);
        }
    }

    fn poll(&self, timeout: Option<Duration>) -> io::Result<()> {
        let mut woken = self.woken.take();
        let outcome = self.reactor.borrow_mut().wait(timeout, &mut woken);
        for (slot, ticket) in woken.drain(..) {
            self.wake(slot, ticket, Cause::Woken);
        }
        self.woken.replace(woken);
        outcome.or_else(|error| match error.kind() {
            io::ErrorKind::Interrupted => Ok(()),
            _ => Err(error),
        })
    }

    fn expire_timers(&self) {
        if self.timers.borrow().len() == 0 {
            return;
        }
        let now = self.clock.now();
        loop {
            let expired = self.timers.borrow_mut().pop_expired(now);
            match expired {
                Some(Target::Wait { slot, ticket }) => self.wake(slot, ticket, Cause::Deadline),
                Some(Target::Frame { thread, frame }) => self.expire_frame(thread, frame),
                None => return,
            }
        }
    }

    fn read_messages(&self) {
        if !self.inbox.has_messages() {
            return;
        }
        for message in self.inbox.drain() {
            match message {
                Message::Wake { slot, ticket } => self.wake(slot, ticket, Cause::Woken),
                Message::Unpark(key) => self.unpark(key),
                Message::Kill(key) => self.kill(key),
                Message::Raise(key, payload) => {
                    if let Err(payload) = self.raise(key, payload) {
                        self.bury(payload);
                    }
                }
                Message::FreeFd(key) => self.reactor.borrow_mut().free(key),
            }
        }
    }

    /// Notes one operation that did not have to wait; makes the thread yield when its budget is spent.
    ///
    /// Called before the operation, so that an interrupt of the yield finds nothing half done.
    #[inline]
    pub(crate) fn spend_operation(&self, cx: Cx<'_>) {
        let left = self.operations_left.get();
        self.operations_left.set(left.wrapping_sub(1));
        if left.is_multiple_of(LOOK_EVERY) && left != OPERATIONS {
            self.look_at_budget(cx, left);
        }
    }

    #[cold]
    fn look_at_budget(&self, cx: Cx<'_>, left: u32) {
        if left == 0 || self.is_slice_over() {
            // A turn that long counts as many: timers and fds have waited.
            self.turns_left.set(0);
            wait::yield_in_loop(cx);
            // The operation that is about to be done is the first of the new turn.
            self.operations_left.set(OPERATIONS - 1);
        }
    }

    /// Whether the running thread has had its time; where runs are to be repeatable, only operations count.
    fn is_slice_over(&self) -> bool {
        if self.clock.is_paused() || self.config.order != Order::Fifo {
            return false;
        }
        let now = Instant::now();
        let since = self.turn_seen_at.get().unwrap_or(now);
        self.turn_seen_at.set(Some(since));
        now.duration_since(since) >= SLICE
    }

    /// Lets main run.
    pub(super) fn begin(&self) {
        super::unwind::install_panic_hook();
        super::overflow::prepare();
        if std::thread::panicking() {
            // A destructor has made the loop: its main thread does not unwind, so the marks must decide.
            self.begin_parked_unwind();
        }
        self.begin_turn(&self.main);
    }

    /// Kills every other thread and drives the loop until none is left. Only main calls it.
    pub(crate) fn end(&self) {
        self.ending.set(true);
        self.main.interrupts.enter_shield();
        self.grace_ends.set(Instant::now().checked_add(self.config.grace));
        self.kill_others();
        self.outlive_others();
        // Destructors of coroutines may spawn once more, and threads may start coroutines.
        while chain::end_of_loop(self.number()) {
            self.outlive_others();
            self.check_grace();
        }
    }

    /// Waits until main is the only thread.
    fn outlive_others(&self) {
        loop {
            self.read_messages();
            if self.is_alone() {
                break;
            }
            // The main thread is shielded, so this ends only when the clause fires.
            let _ = wait::on(&mut LastThread { lp: self }, None);
        }
    }

    fn kill_others(&self) {
        let registry = self.registry.borrow();
        for rec in registry.iter().filter(|rec| !rec.is_main()) {
            rec.interrupts.kill();
            self.deliver(rec);
        }
    }

    fn check_grace(&self) {
        if self.grace_ends.get().is_none_or(|end| Instant::now() < end) {
            return;
        }
        let registry = self.registry.borrow();
        let stuck: Vec<_> = registry.iter().filter(|rec| !rec.is_main()).collect();
        let mut report = format!(
            "{} coro threads did not end within {:?} after the main function had returned:",
            stuck.len(),
            self.config.grace
        );
        for rec in stuck {
            report.push_str("\n  ");
            report.push_str(&report_line(rec));
        }
        // Main itself may be the one that waits: in the destructor of a coroutine that it has killed.
        for coroutine in coroutines::leftovers(self.number()) {
            report.push_str("\n  ");
            report.push_str(&coroutine);
        }
        give_up(&report);
    }
}

/// Ends the process: the loop cannot go on, and its stacks must not be unmapped.
fn give_up(reason: &str) -> ! {
    // Not `eprintln`, which panics when nobody reads standard error any more.
    let _ = writeln!(io::stderr(), "{reason}");
    std::process::abort()
}

/// Fires when main is the only thread left, or a run is to end; whoever waits looks which.
pub(super) struct LastThread<'a> {
    pub(super) lp: &'a Loop,
}

impl Clause for LastThread<'_> {
    const WHAT: &'static str = "the end of the other threads";

    fn register(&mut self, waiter: Waiter) {
        self.lp.last_thread.replace(Some(waiter));
    }

    fn deregister(&mut self) -> bool {
        self.lp.last_thread.take().is_none()
    }
}
