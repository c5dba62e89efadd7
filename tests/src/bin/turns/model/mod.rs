//! What ought to be seen of a script, by the protocol (`sched/README.md`, section 10) and the rustdoc alone.
//!
//! There are no stacks here. A coroutine is a list of frames and the operation in the middle of which it waits; the
//! model takes the same operations from the same script and writes down what each of them brings.

mod chain;
mod ops;
mod unwind;

use std::collections::VecDeque;

use crate::event::{Caught, Event, Who};
use crate::script::{Exception, KINDS, Kind, Op, Script, Type, Way};

/// A sequence, as it ought to be.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    script: &'a Script,
    taken: usize,
    values: u64,
    log: Vec<Event>,
    coroutines: Vec<Coroutine>,
    bases: Vec<Base>,
    /// The thread that runs.
    current: usize,
    ready: VecDeque<usize>,
    /// When, in which order, and who.
    asleep: Vec<(u64, usize, usize)>,
    sleeps: usize,
    clock: u64,
}

/// What is expected.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) log: Vec<Event>,
    /// The events from here on may come in any order.
    pub(crate) unordered_from: usize,
    /// Whether no coroutine is left over, so that everything was dropped.
    pub(crate) all_done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Suspended,
    Calling,
    Running,
    Done,
}

/// What a coroutine or a base is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// A coroutine that was not started.
    Start,
    Nothing,
    /// A suspend, a transfer or a way to main: for the next input.
    Input,
    /// A resume of this one, or a raise.
    Answer(usize),
    /// A kill: for whatever comes.
    Kill,
    /// The end of a handle, which lets no unwind out.
    Drop,
}

/// What unwinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    OwnKill,
    OwnRaise(Exception, u64),
    Panic(Caught),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    Catch,
    CatchBoom,
    Shield,
    /// A value, by its operation, whose destructor may do so many operations.
    Guard(usize, usize),
    /// Such a destructor: what unwinds, and how many operations are left.
    Destructor(Cause, usize),
}

/// What runs code: a coroutine or a base.
#[derive(Debug)]
struct Actor {
    frames: Vec<Frame>,
    wait: Wait,
    /// At whose ports it waits for an answer.
    awaits: Option<usize>,
    /// What it does before it takes from the script.
    first: Option<Op>,
}

#[derive(Debug)]
struct Coroutine {
    actor: Actor,
    kind: Kind,
    state: State,
    /// The thread in whose chain it is.
    chain: Option<usize>,
    caller: Option<Who>,
    /// Whether its caller waits at its own ports.
    answers_itself: bool,
    killed: bool,
    /// Whether its kill has arrived once.
    delivered: bool,
    raised: Option<(Exception, u64)>,
    has_handle: bool,
    /// How many calls are under way by its handle.
    in_flight: usize,
}

#[derive(Debug)]
struct Base {
    actor: Actor,
    /// Who has control in this thread.
    top: Who,
    parked: Parked,
    ended: bool,
}

/// Why a thread does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parked {
    No,
    /// By an operation of the script.
    Waits,
    /// Before its kill comes again.
    GivesWay,
}

/// What comes with control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// What was raised, or a kill.
    Nothing,
    Input(u64),
    Yielded(u64),
    Complete(u64),
    Killed,
    Raised(u64),
    WrongResult,
    Throw(Cause),
}

impl Actor {
    fn new(wait: Wait) -> Actor {
        Actor { frames: Vec::new(), wait, awaits: None, first: None }
    }
}

impl Base {
    fn new(thread: usize) -> Base {
        let actor = Actor::new(Wait::Nothing);
        Base { actor, top: Who::Base(thread), parked: Parked::No, ended: false }
    }
}

/// Plays a script.
pub(crate) fn expect(script: &Script) -> Expected {
    let count = script.mode.bases();
    let mut model = Model {
        script,
        taken: 0,
        values: 0,
        log: Vec::new(),
        coroutines: Vec::new(),
        bases: (0..=count).map(Base::new).collect(),
        current: 0,
        ready: (1..count).collect(),
        asleep: Vec::new(),
        sleeps: 0,
        clock: 0,
    };
    while model.bases[..count].iter().any(|base| !base.ended) {
        model.step();
    }
    model.clean_up(count);
    let unordered_from = model.log.len();
    if script.mode.is_in_loop() {
        model.end_loop();
    }
    let all_done = model.coroutines.iter().all(|co| co.state == State::Done);
    Expected { log: model.log, unordered_from, all_done }
}

impl Model<'_> {
    fn actor(&mut self, who: Who) -> &mut Actor {
        match who {
            Who::Base(thread) => &mut self.bases[thread].actor,
            Who::Coroutine(k) => &mut self.coroutines[k].actor,
        }
    }

    fn value(&mut self) -> u64 {
        self.values += 1;
        self.values
    }

    fn top(&self) -> Who {
        self.bases[self.current].top
    }

    fn set_top(&mut self, who: Who) {
        self.bases[self.current].top = who;
    }

    /// Lets whoever has control do one thing.
    fn step(&mut self) {
        let who = self.top();
        match self.actor(who).frames.last_mut() {
            Some(Frame::Destructor(_, 0)) => return self.end_destructor(who),
            Some(Frame::Destructor(_, left)) => *left -= 1,
            _ => {}
        }
        match self.take(who) {
            Some(op) => self.perform(who, op),
            None => self.run_out(who),
        }
    }

    fn take(&mut self, who: Who) -> Option<Op> {
        if let Some(op) = self.actor(who).first.take() {
            return Some(op);
        }
        let op = *self.script.ops.get(self.taken)?;
        self.log.push(Event::Turn(who, self.taken));
        self.taken += 1;
        Some(op)
    }

    /// There are no operations any more: everybody leaves and returns.
    fn run_out(&mut self, who: Who) {
        match (self.actor(who).frames.last(), who) {
            (Some(Frame::Destructor(..)), _) => self.end_destructor(who),
            (Some(_), _) => self.leave_frame(who),
            (None, Who::Coroutine(k)) => self.return_from(k),
            (None, Who::Base(thread)) => self.end_base(thread),
        }
    }

    fn end_base(&mut self, thread: usize) {
        self.log.push(Event::BaseEnds(thread));
        self.bases[thread].ended = true;
        self.pick();
    }

    /// Lets the next thread run, if there is one.
    fn pick(&mut self) {
        if self.ready.is_empty() {
            self.asleep.sort_unstable();
            self.clock = self.asleep.first().map_or(self.clock, |first| first.0);
            let due = self.asleep.partition_point(|sleeper| sleeper.0 <= self.clock);
            self.ready.extend(self.asleep.drain(..due).map(|sleeper| sleeper.2));
        }
        let Some(next) = self.ready.pop_front() else { return };
        self.current = next;
        let top = self.top();
        match std::mem::replace(&mut self.bases[next].parked, Parked::No) {
            Parked::No => {}
            Parked::Waits => self.log.push(Event::Woke),
            Parked::GivesWay => self.unwind(top, Cause::OwnKill),
        }
    }

    fn park(&mut self, why: Parked) {
        self.bases[self.current].parked = why;
        self.ready.push_back(self.current);
        self.pick();
    }

    fn sleep(&mut self, millis: u64) {
        self.bases[self.current].parked = Parked::Waits;
        self.sleeps += 1;
        self.asleep.push((self.clock + millis, self.sleeps, self.current));
        self.pick();
    }

    /// Ends what is left, from a base that has nothing else to do.
    fn clean_up(&mut self, base: usize) {
        self.current = base;
        if self.script.abandon {
            return;
        }
        for _ in 0..2 {
            for k in 0..self.coroutines.len() {
                self.end_coroutine(base, k);
            }
        }
        for k in 0..self.coroutines.len() {
            self.drive(base, Op::Drop(k));
        }
    }

    fn end_coroutine(&mut self, base: usize, k: usize) {
        if self.coroutines[k].state != State::Done {
            self.drive(base, Op::Kill(k));
        }
        if self.coroutines[k].state == State::Done {
            return;
        }
        if self.coroutines[k].has_handle {
            return self.drive(base, Op::Resume(k));
        }
        let helper = self.coroutines.len();
        self.drive(base, Op::Make(KINDS[0]));
        self.coroutines[helper].actor.first = Some(Op::Transfer(k, Way::Yielder));
        self.drive(base, Op::Resume(helper));
    }

    /// Does one operation from a base, to its end.
    fn drive(&mut self, base: usize, op: Op) {
        self.perform(Who::Base(base), op);
        while self.top() != Who::Base(base) {
            self.step();
        }
    }

    /// Main kills what is at rest; nobody sees more of that than destructors.
    fn end_loop(&mut self) {
        for k in 0..self.coroutines.len() {
            let state = self.coroutines[k].state;
            if matches!(state, State::Suspended | State::Calling) {
                let before = self.log.len();
                self.drive(self.current, Op::Kill(k));
                let mut rest = self.log.split_off(before);
                // The kill itself is not the script's.
                rest.pop();
                self.log.append(&mut rest);
            }
        }
    }

    fn output(&self, k: usize) -> Type {
        self.coroutines[k].kind.output
    }
}
