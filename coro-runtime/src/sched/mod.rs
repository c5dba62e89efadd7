//! The loop: it decides which thread runs, and waits for the outside when none can.
//!
//! The protocol is told in `README.md` beside this file; the modules hold one part of it each.

pub(crate) mod blocks;
pub(crate) mod by_hand;
pub(crate) mod chain;
pub(crate) mod choice;
pub(crate) mod coroutines;
pub(crate) mod current;
pub(crate) mod exit;
pub(crate) mod head;
pub(crate) mod interrupt;
pub(crate) mod locals;
pub(crate) mod owner;
pub(crate) mod queue;
pub(crate) mod reactor;
pub(crate) mod record;
pub(crate) mod remote;
pub(crate) mod unwind;
pub(crate) mod wait;

mod clock;
mod drive;
mod overflow;
mod ready;
mod registry;
mod run;
mod spawn;
pub(crate) mod stacks;
pub(crate) mod timers;
pub(crate) mod views;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::BorrowedFd;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::id::{self, IdBlock};
use crate::raw::pool::Pool;
use crate::raw::stack::DEFAULT_STACK_SIZE;
use crate::sys::poller::Poller;
use crate::sys::socket::Direction;
use blocks::Blocks;
use clock::Clock;
use current::CurrentRecord;
use exit::Exit;
use reactor::{FdKey, LocalWaiter, Reactor};
use ready::ReadyQueue;
use record::{Cause, Name, Record, State, Token};
use registry::Registry;
use remote::{Inbox, LoopId};
use timers::{Target, TimerKey, Timers};
use unwind::Voice;
use wait::Waiter;

pub(crate) use ready::Order;
pub(crate) use registry::ThreadKey;
pub(crate) use run::run;
pub(crate) use spawn::{SpawnOptions, StackWish};

/// How a loop is set up.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The stack size of threads that do not ask for one, in bytes.
    pub(crate) stack_size: usize,
    /// The least length of a guard, in bytes.
    pub(crate) guard_size: usize,
    /// Whether stacks are made all zeros between one thread and the next.
    pub(crate) clear_stacks: bool,
    pub(crate) order: Order,
    pub(crate) start_paused: bool,
    /// How long threads may take to end once the main function has returned.
    pub(crate) grace: Duration,
    pub(crate) main_name: Name,
    pub(crate) voice: Voice,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            stack_size: DEFAULT_STACK_SIZE,
            guard_size: 0,
            clear_stacks: false,
            order: Order::Fifo,
            start_paused: false,
            grace: Duration::from_secs(10),
            main_name: Name::Static(&"main"),
            voice: Voice::Plain,
        }
    }
}

/// What is alive in a loop, for the leak check of tests.
#[derive(Debug)]
pub(crate) struct Census {
    /// Every live thread but main, as reports name it, with what it waits for.
    pub(crate) threads: Vec<String>,
    /// What the main thread did before the last interrupt reached it.
    pub(crate) main: String,
    /// Every coroutine that was started in the loop and is not done.
    pub(crate) coroutines: Vec<String>,
    pub(crate) registrations: usize,
    pub(crate) timers: usize,
    pub(crate) waiters: usize,
}

/// A scheduler and its poller, bound to the OS thread that made it.
pub(crate) struct Loop {
    /// The thread that runs; null while `drive` is between two threads.
    current: CurrentRecord,
    ready: RefCell<ReadyQueue>,
    registry: RefCell<Registry>,
    blocks: Blocks,
    /// How many turns are left until the poller must be visited.
    turns_left: Cell<u32>,
    /// How many operations the running thread may complete before it must yield.
    operations_left: Cell<u32>,
    /// When the running thread was first looked at by the clock in this turn.
    turn_seen_at: Cell<Option<Instant>>,
    /// How many threads are parked in the middle of an unwind.
    parked_unwinding: Cell<u32>,
    unwind_era: Cell<u64>,
    /// The number of the last ticket.
    tickets: Cell<u64>,
    /// The state of the generator of random numbers.
    random: Cell<u64>,
    ids: IdBlock,
    timers: RefCell<Timers>,
    clock: Clock,
    reactor: RefCell<Reactor>,
    inbox: Inbox,
    /// How many helper OS threads work for threads of this loop; a paused clock waits for them.
    helpers: Cell<u32>,
    main: Rc<Record>,
    /// The main function has returned: every thread is killed as soon as it is spawned.
    ending: Cell<bool>,
    /// Woken when main is the only thread left, and when the run under way is to end.
    last_thread: RefCell<Option<Waiter>>,
    /// The longest sleep in the poller that the run under way allows; none while there is none.
    longest_sleep: Cell<Option<Duration>>,
    exit: Arc<Exit>,
    /// When, by the system's clock, patience with the remaining threads ends.
    grace_ends: Cell<Option<Instant>>,
    /// When stacks may be let go next, by the system's clock; only while there are some that were not needed lately.
    stacks_due: Cell<Option<Instant>>,
    config: Config,
    /// Room for the waiters that one visit to the poller wakes.
    woken: RefCell<Vec<LocalWaiter>>,
    /// Last, so that everything that may point into a stack is gone before the stacks are.
    pool: RefCell<Pool>,
}

impl Loop {
    /// Makes a loop for this OS thread.
    ///
    /// # Errors
    /// Those of making a poller: too many open files, or no memory.
    pub(crate) fn new(config: Config, site: &'static Location<'static>) -> io::Result<Loop> {
        let poller = Arc::new(Poller::new()?);
        let ids = IdBlock::default();
        let options = SpawnOptions { name: config.main_name.clone(), site };
        let main = Rc::new(Record::of_main(ids.take(), options));
        Ok(Loop {
            current: CurrentRecord::none(),
            ready: RefCell::new(ReadyQueue::new(config.order)),
            registry: RefCell::new(Registry::of_main(main.clone())),
            blocks: Blocks::default(),
            turns_left: Cell::new(drive::TURNS),
            operations_left: Cell::new(drive::OPERATIONS),
            turn_seen_at: Cell::new(None),
            parked_unwinding: Cell::new(0),
            unwind_era: Cell::new(0),
            tickets: Cell::new(0),
            random: Cell::new(config.order.seed().unwrap_or(main.number)),
            ids,
            timers: RefCell::default(),
            clock: Clock::new(config.start_paused),
            reactor: RefCell::new(Reactor::new(poller.clone())),
            exit: Arc::new(Exit::new(poller.clone())),
            inbox: Inbox::open(poller),
            helpers: Cell::new(0),
            main,
            ending: Cell::new(false),
            last_thread: RefCell::default(),
            longest_sleep: Cell::new(None),
            grace_ends: Cell::new(None),
            stacks_due: Cell::new(None),
            pool: RefCell::new(Pool::new(config.clear_stacks)),
            config,
            woken: RefCell::default(),
        })
    }

    pub(crate) fn voice(&self) -> Voice {
        self.config.voice
    }

    #[inline]
    pub(crate) fn id(&self) -> LoopId {
        self.inbox.id()
    }

    /// A number that no other loop of the process has, ever: the main thread's.
    pub(crate) fn number(&self) -> u64 {
        self.main.number
    }

    /// A random number; the same ones come again if the ready order is seeded.
    pub(crate) fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(1);
        self.random.set(state);
        id::scramble(state)
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn exit(&self) -> &Arc<Exit> {
        &self.exit
    }

    /// Whether main is the only thread.
    pub(crate) fn is_alone(&self) -> bool {
        self.registry.borrow().len() == 1
    }

    /// What names the thread of `rec`.
    #[inline]
    pub(crate) fn key_of(&self, rec: &Record) -> ThreadKey {
        ThreadKey { slot: rec.slot, number: rec.number }
    }

    #[inline]
    pub(crate) fn next_ticket(&self) -> u64 {
        let ticket = self.tickets.get() + 1;
        self.tickets.set(ticket);
        ticket
    }

    /// Spends `ticket` if the thread in `slot` still holds it, and makes the thread ready if it is parked.
    pub(crate) fn wake(&self, slot: u32, ticket: u64, cause: Cause) {
        let registry = self.registry.borrow();
        if let Some(rec) = registry.in_slot(slot).filter(|rec| rec.ticket.get() == ticket) {
            self.end_wait(rec, cause);
        }
    }

    fn end_wait(&self, rec: &Rc<Record>, cause: Cause) {
        rec.ticket.set(0);
        rec.cause.set(cause);
        if rec.state.get() == State::Parked {
            rec.state.set(State::Ready);
            self.ready.borrow_mut().push(rec.clone());
        }
    }

    /// Puts the main thread into the ready queue, behind all others.
    pub(crate) fn make_ready(&self, rec: &Record) {
        debug_assert!(rec.is_main());
        rec.state.set(State::Ready);
        self.ready.borrow_mut().push(self.main.clone());
    }

    /// Sets the unpark token of a thread and ends its `park`.
    pub(crate) fn unpark(&self, key: ThreadKey) {
        let Some(rec) = self.find(key) else { return };
        let before = rec.unpark_token.replace(Token::Present);
        if before == Token::Awaited && rec.ticket.get() != 0 {
            self.end_wait(&rec, Cause::Woken);
        }
    }

    pub(crate) fn kill(&self, key: ThreadKey) {
        if let Some(rec) = self.find(key) {
            rec.interrupts.kill();
            self.deliver(&rec);
        }
    }

    /// Raises `payload` in a thread; gives it back if that thread has ended.
    pub(crate) fn raise(
        &self,
        key: ThreadKey,
        payload: Box<dyn Any + Send>,
    ) -> Result<(), Box<dyn Any + Send>> {
        let Some(rec) = self.find(key) else { return Err(payload) };
        rec.interrupts.push_raise(payload);
        self.deliver(&rec);
        Ok(())
    }

    fn expire_frame(&self, thread: ThreadKey, frame: u64) {
        if let Some(rec) = self.find(thread) {
            rec.interrupts.expire_frame(frame);
            self.deliver(&rec);
        }
    }

    /// Ends the wait of a thread that has got an interrupt, if the interrupt may end it.
    fn deliver(&self, rec: &Rc<Record>) {
        let parked = rec.state.get() == State::Parked && rec.ticket.get() != 0;
        if parked && rec.interruptible.get() && rec.interrupts.has_deliverable() {
            self.end_wait(rec, Cause::Interrupt);
        }
    }

    fn find(&self, key: ThreadKey) -> Option<Rc<Record>> {
        self.registry.borrow().get(key).cloned()
    }

    pub(crate) fn insert_timer(&self, deadline: Instant, target: Target) -> TimerKey {
        self.timers.borrow_mut().insert(deadline, target)
    }

    pub(crate) fn remove_timer(&self, timer: TimerKey) {
        self.timers.borrow_mut().remove(timer);
    }

    /// Registers an fd with the poller, for both directions.
    pub(crate) fn register_fd(&self, fd: BorrowedFd<'_>) -> io::Result<FdKey> {
        self.reactor.borrow_mut().register(fd)
    }

    /// Takes an fd that is about to be closed out of the poller.
    pub(crate) fn deregister_fd(&self, fd: BorrowedFd<'_>, key: FdKey) {
        self.reactor.borrow_mut().deregister(fd, key);
    }

    #[inline]
    pub(crate) fn is_fd_ready(&self, key: FdKey, direction: Direction) -> bool {
        self.reactor.borrow_mut().is_ready(key, direction)
    }

    #[inline]
    pub(crate) fn clear_fd_ready(&self, key: FdKey, direction: Direction) {
        self.reactor.borrow_mut().clear_ready(key, direction);
    }

    /// Whether an edge of the direction has told of an end.
    pub(crate) fn is_fd_lasting(&self, key: FdKey, direction: Direction) -> bool {
        self.reactor.borrow_mut().is_lasting(key, direction)
    }

    /// How many edges of the direction have come.
    pub(crate) fn fd_edges(&self, key: FdKey, direction: Direction) -> u32 {
        self.reactor.borrow_mut().edges(key, direction)
    }

    pub(crate) fn add_fd_waiter(&self, key: FdKey, direction: Direction, waiter: LocalWaiter) {
        self.reactor.borrow_mut().add_waiter(key, direction, waiter);
    }

    /// Removes a waiter; false if an edge has woken it.
    pub(crate) fn remove_fd_waiter(
        &self,
        key: FdKey,
        direction: Direction,
        waiter: LocalWaiter,
    ) -> bool {
        self.reactor.borrow_mut().remove_waiter(key, direction, waiter)
    }

    /// Notes that an OS thread begins (+1) or has ceased (-1) to work for a thread of this loop.
    pub(crate) fn change_helpers(&self, change: i32) {
        self.helpers.set(self.helpers.get().wrapping_add_signed(change));
    }

    pub(crate) fn parked_unwinding(&self) -> u32 {
        self.parked_unwinding.get()
    }

    /// Counts a thread that parks mid-unwind; the first one begins an era.
    fn begin_parked_unwind(&self) {
        if self.parked_unwinding.get() == 0 {
            self.unwind_era.set(self.unwind_era.get() + 1);
        }
        self.parked_unwinding.set(self.parked_unwinding.get() + 1);
    }

    fn end_parked_unwind(&self) {
        self.parked_unwinding.set(self.parked_unwinding.get() - 1);
    }

    /// Grows whenever a thread parks mid-unwind while no other is parked so: at that moment, no other unwinds, and
    /// marks of earlier eras are known to be out of date.
    fn unwind_era(&self) -> u64 {
        self.unwind_era.get()
    }

    /// What is alive apart from main.
    pub(crate) fn census(&self) -> Census {
        let registry = self.registry.borrow();
        let others = registry.iter().filter(|rec| !rec.is_main());
        let reactor = self.reactor.borrow();
        Census {
            threads: others.map(|rec| report_line(rec)).collect(),
            main: doing(&self.main, self.main.cause.get() == Cause::Interrupt),
            coroutines: coroutines::leftovers(self.number()),
            registrations: reactor.len(),
            timers: self.timers.borrow().len(),
            waiters: reactor.waiters(),
        }
    }
}

/// One line about a live thread.
fn report_line(rec: &Record) -> String {
    let doing = doing(rec, rec.state.get() == State::Parked);
    format!("{rec}, spawned at {}: {doing}", rec.site)
}

/// What a thread does that waits for what it has told last, or does not wait.
fn doing(rec: &Record, waits: bool) -> String {
    if waits { format!("waits for {}", rec.waiting_for.get()) } else { "ready to run".to_owned() }
}
