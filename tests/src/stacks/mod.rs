//! What is done to stacks in numbers: a storm of spawns, and writes into guards.
//!
//! The storm spawns threads and coroutines with stacks of all sizes and lets each use some of its own, down to a random
//! depth, and wait there until its turn to end comes. How many live at a time changes all the while. A few **residents** are
//! replaced now and then and never all gone, so that they pin the memory around them. After each round all others have
//! ended, the stacks are trimmed, and what they take then must be what they took at the start.

mod being;
mod footprint;
#[path = "../bin/storm/random.rs"]
mod random;

use std::fmt;

use coro::thread::{self, JoinHandle};

use crate::canary::Drops;
use crate::raw;
use crate::watchdog::Watchdog;
use being::{Being, Plan};
pub use footprint::Footprint;
use random::Random;

/// How many beings are never gone all at once.
const RESIDENTS: usize = 200;
/// One spawn in so many is followed by the replacement of a resident.
const REPLACE_ONE_IN: u64 = 50;
/// How often in a round another number of beings is to live; the first time it is the most.
const TIDES: u64 = 16;
/// After so many spawns those that were spawned have a turn.
const TURN: u64 = 16;

/// How a storm is set up.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// All of it follows from this.
    pub seed: u64,
    /// How many spawns a round has.
    pub round: u64,
    /// How many rounds there are after the one that warms up.
    pub rounds: u64,
    /// How many beings live at a time at most, besides the residents.
    pub most: usize,
}

/// What was found after a round.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// How many spawns there were so far.
    pub spawns: u64,
    /// What the process took after the first round.
    pub start: Footprint,
    /// What it takes now.
    pub now: Footprint,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10} spawns: {}", self.spawns, self.now)
    }
}

impl Storm {
    /// Runs the storm in a loop of its own, and calls `tell` after each round. Each spawn is a step for the watchdog.
    ///
    /// # Errors
    /// What is not as it should be: a footprint that has grown, or a stack that is still counted in the end.
    ///
    /// # Panics
    /// If a thread or coroutine finds that its stack was written to, does not end as it was made to, or leaves something
    /// undropped.
    pub fn run(self, watchdog: &Watchdog, mut tell: impl FnMut(&Finding)) -> Result<(), String> {
        coro::run(|| self.run_in_loop(watchdog, &mut tell))?;
        coro::stack::trim();
        let left = coro::stack::usage();
        match (left.in_use(), left.reserved()) {
            (0, 0) => Ok(()),
            _ => Err(format!("the loop has ended, and there is left\n{left}")),
        }
    }

    fn run_in_loop(
        self,
        watchdog: &Watchdog,
        tell: &mut impl FnMut(&Finding),
    ) -> Result<(), String> {
        let mut sea = Sea::new(self);
        let mut start = None;
        for round in 0..=self.rounds {
            sea.round(|spawn| watchdog.begin("spawn", round * self.round + spawn));
            let now = Footprint::after_trim();
            let start = *start.get_or_insert(now);
            let finding = Finding { spawns: (round + 1) * self.round, start, now };
            tell(&finding);
            now.check(start)?;
        }
        sea.end_all();
        Footprint::after_trim().check_empty()
    }
}

/// Who lives.
struct Sea {
    storm: Storm,
    random: Random,
    drops: Drops,
    beings: Vec<Being>,
    residents: Vec<Being>,
    /// The same all the time, so that what residents take does not change.
    plans: Vec<Plan>,
}

impl Sea {
    fn new(storm: Storm) -> Sea {
        let mut random = Random::new(storm.seed);
        let drops = Drops::default();
        let plans: Vec<_> = (0..RESIDENTS).map(|_| Plan::new(&mut random)).collect();
        let residents = plans.iter().map(|plan| Being::begin(*plan, &drops)).collect();
        Sea { storm, random, drops, beings: Vec::new(), residents, plans }
    }

    /// Spawns as many as a round has, each after `step` was told of it, and ends all but the residents.
    fn round(&mut self, step: impl Fn(u64)) {
        let mut tide = self.storm.most;
        for n in 1..=self.storm.round {
            step(n);
            if n % self.storm.round.div_ceil(TIDES) == 0 {
                tide = self.random.index(self.storm.most + 1);
            }
            if n % TURN == 0 {
                thread::yield_now();
            }
            let plan = Plan::new(&mut self.random);
            self.beings.push(Being::begin(plan, &self.drops));
            // At most two end for each that begins: so the tide comes and goes slowly.
            for _ in 0..2 {
                if self.beings.len() > tide {
                    self.end_one();
                }
            }
            if self.random.one_in(REPLACE_ONE_IN) {
                self.replace_resident();
            }
        }
        while !self.beings.is_empty() {
            self.end_one();
        }
        let (made, dropped) = (self.drops.made(), self.drops.dropped());
        assert_eq!(made - dropped, RESIDENTS, "{made} canaries were made, {dropped} were dropped");
    }

    fn end_one(&mut self) {
        let index = self.random.index(self.beings.len());
        self.beings.swap_remove(index).end(&mut self.random);
    }

    fn replace_resident(&mut self) {
        let index = self.random.index(RESIDENTS);
        let new = Being::begin(self.plans[index], &self.drops);
        // It goes down to where it will wait.
        thread::yield_now();
        std::mem::replace(&mut self.residents[index], new).end(&mut self.random);
    }

    fn end_all(&mut self) {
        for being in self.residents.drain(..) {
            being.end(&mut self.random);
        }
        self.drops.expect_none_alive();
    }
}

/// Makes so many threads that all live, and writes into as many of their guards, each in a child of its own. Each thread that
/// begins, write and thread that ends is a step for the watchdog.
///
/// # Errors
/// A write that was no fault, or hit no guard.
///
/// # Panics
/// If there are not so many stacks, or no child can be forked.
pub fn write_into_guards(
    threads: usize,
    samples: usize,
    seed: u64,
    watchdog: &Watchdog,
) -> Result<(), String> {
    coro::run(|| {
        let begin = |n| {
            watchdog.begin("thread", n as u64);
            parked()
        };
        let live: Vec<_> = (1..=threads).map(begin).collect();
        thread::yield_now();
        let mut random = Random::new(seed);
        let outcome = (1..=samples).try_for_each(|n| {
            watchdog.begin("write", n as u64);
            write_into_guard(&live[random.index(threads)], &mut random)
        });
        for (n, thread) in (1..).zip(live) {
            watchdog.begin("the end of thread", n);
            thread.thread().unpark();
            thread.join().expect("it returns");
        }
        outcome
    })
}

fn parked() -> JoinHandle<()> {
    let builder = thread::Builder::new().stack_size(64 * 1024);
    builder.spawn(thread::park).unwrap_or_else(|error| panic!("{error}"))
}

fn write_into_guard(thread: &JoinHandle<()>, random: &mut Random) -> Result<(), String> {
    let guard = coro::__private::guard_of(thread.thread()).ok_or("a parked thread has no guard")?;
    let address = guard.start + random.index(guard.len());
    match raw::write_in_a_child(address) {
        Ok(Some(libc::SIGSEGV)) => Ok(()),
        outcome => Err(format!("a write to {address:#x} in the guard {guard:#x?}: {outcome:?}")),
    }
}
