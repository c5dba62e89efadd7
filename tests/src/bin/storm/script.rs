//! The random programs, as data.

use std::rc::Rc;

use crate::args::Kind;
use crate::random::Random;
use crate::slow::Delay;

/// How many of each shared thing a program has.
pub(crate) const MUTEXES: usize = 3;
pub(crate) const CONDVARS: usize = 2;
pub(crate) const CONDS: usize = 2;
/// Connections come in two kinds, see `world.rs`; each has two directions.
pub(crate) const PAIRS: usize = 2;

/// How deep operations nest.
const DEPTH: u32 = 3;

/// What a thread does. Times are in milliseconds of the paused clock; a thread is named by any number.
#[derive(Debug)]
pub(crate) enum Op {
    Yield,
    Sleep(u64),
    Lock(usize, Vec<Op>),
    CondvarWait(usize, Option<u64>),
    Notify(usize, Extent),
    CondWait(usize, Option<u64>),
    Wake(usize, Extent),
    Park(Option<u64>),
    Unpark(u64),
    Spawn(Rc<Script>),
    Join,
    Scope(Vec<Script>),
    Read(usize, usize),
    Write(usize, usize),
    Accept,
    Connect,
    Swallow(Vec<Op>),
    Catch(Vec<Op>),
    Shield(Vec<Op>),
    Timeout(u64, Vec<Op>),
    /// Interrupts another thread.
    Strike(u64),
    /// Holds a value whose destructor waits.
    Slow(Delay, Vec<Op>),
}

/// How many waiters are woken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    One,
    Two,
    All,
}

/// What one thread does.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) ops: Vec<Op>,
    /// Kill it at this suspension; in the middle of the wait, if the flag says so.
    pub(crate) trap: Option<(u32, bool)>,
    /// Join the children that are left in the end, rather than detach them.
    pub(crate) joins: bool,
    /// Panic in the end.
    pub(crate) panics: bool,
}

/// An interrupt from outside.
#[derive(Debug)]
pub(crate) struct Strike {
    pub(crate) pause: Pause,
    pub(crate) target: u64,
}

#[derive(Debug)]
pub(crate) enum Pause {
    Turns(u64),
    Millis(u64),
}

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Main kills the others and waits for them.
    Killed,
    /// Main returns, and the loop ends the others.
    Abandoned,
}

/// All of one seed.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) scripts: Vec<Rc<Script>>,
    pub(crate) strikes: Vec<Strike>,
    /// How long main lets the others run.
    pub(crate) millis: u64,
    pub(crate) ending: Ending,
}

impl Program {
    pub(crate) fn new(kind: Kind, seed: u64) -> Program {
        let random = Random::new(seed);
        let mut author = Author { kind, random, threads_left: 0 };
        author.program()
    }
}

/// Writes programs.
struct Author {
    kind: Kind,
    random: Random,
    /// How many more threads this program may have.
    threads_left: u64,
}

impl Author {
    fn program(&mut self) -> Program {
        let total = self.random.within(5..41);
        let first = self.random.within(total.div_ceil(2)..total + 1);
        self.threads_left = total - first;
        let scripts = (0..first).map(|_| Rc::new(self.script(0))).collect();
        let strikes = match self.kind {
            Kind::Kill | Kind::Raise => self.random.within(5..40),
            Kind::Timeout => 0,
        };
        Program {
            scripts,
            strikes: (0..strikes).map(|_| self.strike()).collect(),
            millis: self.random.within(1..100),
            ending: if self.random.one_in(4) { Ending::Abandoned } else { Ending::Killed },
        }
    }

    fn strike(&mut self) -> Strike {
        let pause = if self.random.one_in(3) {
            Pause::Millis(self.random.within(0..4))
        } else {
            Pause::Turns(self.random.within(0..8))
        };
        Strike { pause, target: self.random.next() }
    }

    fn script(&mut self, depth: u32) -> Script {
        let mut ops = self.ops(depth);
        if self.kind == Kind::Timeout && self.random.one_in(2) {
            ops = vec![Op::Timeout(self.random.within(0..50), ops)];
        }
        let trapped = self.kind == Kind::Kill && self.random.one_in(4);
        Script {
            ops,
            trap: trapped.then(|| (self.random.within(1..20) as u32, self.random.one_in(2))),
            joins: self.random.one_in(2),
            panics: self.random.one_in(20),
        }
    }

    /// A script for a thread of a scope: if it panics, it is joined, or the scope would panic as well.
    fn scoped_script(&mut self, depth: u32) -> Script {
        let mut script = self.script(depth);
        script.panics &= script.joins;
        script
    }

    fn ops(&mut self, depth: u32) -> Vec<Op> {
        let count = if depth == 0 { self.random.within(3..10) } else { self.random.within(1..4) };
        (0..count).map(|_| self.op(depth)).collect()
    }

    fn op(&mut self, depth: u32) -> Op {
        if depth < DEPTH && self.random.one_in(3) {
            return self.nesting_op(depth + 1);
        }
        if self.random.one_in(4) {
            return self.socket_op();
        }
        let limit = self.limit();
        match self.random.within(0..14) {
            0 | 1 => Op::Yield,
            2 | 3 => Op::Sleep(self.random.within(0..10)),
            4 => Op::CondvarWait(self.random.index(CONDVARS), limit),
            5 | 6 => Op::Notify(self.random.index(CONDVARS), self.extent()),
            7 => Op::CondWait(self.random.index(CONDS), limit),
            8 | 9 => Op::Wake(self.random.index(CONDS), self.extent()),
            10 => Op::Park(limit),
            11 => Op::Unpark(self.random.next()),
            12 if self.kind != Kind::Timeout => Op::Strike(self.random.next()),
            _ => Op::Join,
        }
    }

    fn socket_op(&mut self) -> Op {
        let direction = self.random.index(2 * PAIRS);
        match self.random.within(0..8) {
            0..=2 => Op::Read(direction, self.random.within(1..4000) as usize),
            3..=5 if self.random.one_in(6) => {
                Op::Write(direction, self.random.within(50_000..300_000) as usize)
            }
            3..=5 => Op::Write(direction, self.random.within(1..4000) as usize),
            6 => Op::Accept,
            _ => Op::Connect,
        }
    }

    fn nesting_op(&mut self, depth: u32) -> Op {
        match self.random.within(0..11) {
            0 | 1 => Op::Lock(self.random.index(MUTEXES), self.ops(depth)),
            2 => Op::Swallow(self.ops(depth)),
            3 => Op::Catch(self.ops(depth)),
            4 => Op::Shield(self.short_ops(depth)),
            5 | 6 => Op::Timeout(self.random.within(0..20), self.ops(depth)),
            7 => Op::Slow(self.delay(), self.ops(depth)),
            8 if self.take_threads(1) => Op::Spawn(Rc::new(self.script(depth))),
            9 if self.take_threads(2) => {
                Op::Scope(vec![self.scoped_script(depth), self.scoped_script(depth)])
            }
            _ => Op::Slow(self.delay(), self.ops(depth)),
        }
    }

    /// Operations that come to an end without help, so that a shield around them does.
    fn short_ops(&mut self, depth: u32) -> Vec<Op> {
        let count = self.random.within(1..4);
        (0..count).map(|_| self.short_op(depth)).collect()
    }

    fn short_op(&mut self, depth: u32) -> Op {
        match self.random.within(0..6) {
            0 => Op::Yield,
            1 => Op::Sleep(self.random.within(0..5)),
            2 => Op::Notify(self.random.index(CONDVARS), self.extent()),
            3 => Op::Wake(self.random.index(CONDS), self.extent()),
            _ => Op::Timeout(self.random.within(0..5), self.ops(depth)),
        }
    }

    fn take_threads(&mut self, count: u64) -> bool {
        let enough = self.threads_left >= count;
        if enough {
            self.threads_left -= count;
        }
        enough
    }

    fn limit(&mut self) -> Option<u64> {
        (!self.random.one_in(3)).then(|| self.random.within(0..10))
    }

    fn extent(&mut self) -> Extent {
        match self.random.within(0..4) {
            0 => Extent::All,
            1 => Extent::Two,
            _ => Extent::One,
        }
    }

    fn delay(&mut self) -> Delay {
        match self.random.within(0..5) {
            0 => Delay::Yield,
            1 => Delay::Sleep(self.random.within(0..5)),
            2 => Delay::Lock,
            3 => Delay::Read(self.random.index(2 * PAIRS)),
            _ => Delay::Timeout(self.random.within(0..3)),
        }
    }
}
