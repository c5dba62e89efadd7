//! What a seed makes: coroutines of random types, and a list of operations that whoever has control takes from.

use crate::random::Random;

/// The most coroutines of one seed.
const MOST: usize = 50;

/// Where the coroutines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// On an OS thread outside any loop.
    Outside,
    /// Inside a loop, resumed by main.
    Main,
    /// Inside a loop, resumed by this many threads, which share all coroutines.
    Threads(usize),
}

impl Mode {
    pub(crate) fn is_in_loop(self) -> bool {
        self != Mode::Outside
    }

    /// How many stacks there are that are no coroutines.
    pub(crate) fn bases(self) -> usize {
        match self {
            Mode::Outside | Mode::Main => 1,
            Mode::Threads(count) => count,
        }
    }
}

/// The two types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Num,
    Txt,
}

/// The types of a coroutine: what goes in, what comes out, and what it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) input: Type,
    pub(crate) output: Type,
    pub(crate) result: Type,
}

const fn kind(input: Type, output: Type, result: Type) -> Kind {
    Kind { input, output, result }
}

/// Those after the second one make panics about types possible; threads would tell of these on standard error.
pub(crate) const KINDS: [Kind; 4] = [
    kind(Type::Num, Type::Num, Type::Num),
    kind(Type::Txt, Type::Num, Type::Num),
    kind(Type::Num, Type::Txt, Type::Num),
    kind(Type::Txt, Type::Txt, Type::Txt),
];

/// What can be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    /// Caught by the operation `CatchBoom`.
    Boom,
    /// Caught by nobody.
    Bang,
}

/// By which function of several that should do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the yielder, which knows the type of the next input.
    Yielder,
    /// By a name, with the type of the next input given.
    Named,
    /// By a name, with another type given: a mismatch.
    Wrong,
}

/// One operation. Those that make no sense for whoever takes it are left out by that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Make(Kind),
    Resume(usize),
    Raise(usize, Exception),
    Kill(usize),
    Drop(usize),
    Forget(usize),
    Transfer(usize, Way),
    Main(Type, Way),
    Suspend,
    Return,
    /// With a payload that tells its number, or, as an ordinary panic, with none.
    Panic {
        numbered: bool,
    },
    /// The operations up to `Leave` are done inside a `catch_unwind`.
    Catch,
    CatchBoom,
    Shield,
    /// The same beside a value whose destructor does this many operations when it runs in an unwind.
    Guard(usize),
    Leave,
    Look(usize),
    Yield,
    /// In milliseconds of a paused clock.
    Sleep(u64),
}

/// All that follows from a seed.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) mode: Mode,
    pub(crate) ops: Vec<Op>,
    /// Whether what is left at the end is forgotten there instead of ended.
    pub(crate) abandon: bool,
}

impl Script {
    pub(crate) fn new(seed: u64) -> Script {
        let mut random = Random::new(seed);
        let mode = match random.index(3) {
            0 => Mode::Outside,
            1 => Mode::Main,
            _ => Mode::Threads(2 + random.index(3)),
        };
        let most_at_first = if random.one_in(8) { MOST } else { 12 };
        let at_first = 1 + random.index(most_at_first);
        let longest = if random.one_in(8) { 500 } else { 120 };
        let len = 10 + random.index(longest);
        let mut writer = Writer { random, mode, made: 0 };
        let mut ops: Vec<Op> = (0..at_first).map(|_| writer.make()).collect();
        ops.extend((0..len).map(|_| writer.op()));
        let abandon = writer.random.one_in(100);
        Script { mode, ops, abandon }
    }
}

/// Makes up operations.
struct Writer {
    random: Random,
    mode: Mode,
    /// How many coroutines there will be at least.
    made: usize,
}

impl Writer {
    fn make(&mut self) -> Op {
        self.made += 1;
        let kinds = if matches!(self.mode, Mode::Threads(_)) { 2 } else { KINDS.len() };
        Op::Make(KINDS[self.random.index(kinds)])
    }

    fn op(&mut self) -> Op {
        match self.random.index(100) {
            0..=5 if self.made < MOST => self.make(),
            0..=31 => Op::Resume(self.one()),
            32..=36 => Op::Raise(self.one(), self.exception()),
            37..=40 => Op::Kill(self.one()),
            41..=42 => Op::Drop(self.one()),
            43 => Op::Forget(self.one()),
            44..=56 => Op::Transfer(self.one(), self.way()),
            57..=61 => Op::Main(self.type_of_value(), self.way()),
            62..=74 => Op::Suspend,
            75 => Op::Return,
            76 => Op::Panic { numbered: self.random.one_in(2) },
            77..=79 => Op::Catch,
            80..=83 => Op::CatchBoom,
            84..=85 => Op::Shield,
            86..=89 => Op::Guard(self.random.index(5)),
            90 => Op::Leave,
            91..=92 => Op::Look(self.one()),
            93..=96 => Op::Yield,
            _ => Op::Sleep(self.random.within(1..20)),
        }
    }

    /// A coroutine; often one of the last, for they live.
    fn one(&mut self) -> usize {
        let latest = self.made.min(5);
        match self.random.one_in(2) {
            true => self.made - 1 - self.random.index(latest),
            false => self.random.index(self.made),
        }
    }

    fn exception(&mut self) -> Exception {
        if self.random.one_in(3) { Exception::Bang } else { Exception::Boom }
    }

    fn way(&mut self) -> Way {
        match self.random.index(10) {
            0 => Way::Wrong,
            1..=4 => Way::Named,
            _ => Way::Yielder,
        }
    }

    fn type_of_value(&mut self) -> Type {
        if self.random.one_in(3) { Type::Txt } else { Type::Num }
    }
}
