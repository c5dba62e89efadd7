//! A thread or a coroutine that goes down on its stack, waits there, and finds it as it left it.

use std::cell::Cell;
use std::hint::black_box;

use coro::coroutine::{Coroutine, CoroutineState};
use coro::stack::{on_big_stack, remaining};
use coro::thread::{self, Builder, JoinHandle};

use super::random::Random;
use crate::canary::Drops;

const KIB: usize = 1024;
const SMALLEST: usize = 16 * KIB;
/// As a binary logarithm: 1 MiB.
const LARGEST: u64 = 20;
/// What is left of a stack where the being waits: an interrupt unwinds there.
const KEPT: usize = 12 * KIB;
/// How many words each call of the way down puts on the stack.
const WORDS: usize = 128;

/// How a being is to live.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The stack size it asks for.
    size: usize,
    /// How many bytes of it are used, if there are as many.
    used: usize,
    kind: Kind,
    /// What it writes.
    pattern: u64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Thread,
    Coroutine,
    /// A thread with a stack of the smallest size that goes down on a big one.
    OnBigStack,
}

impl Plan {
    pub(super) fn new(random: &mut Random) -> Plan {
        let class = 1 << random.within(14..LARGEST + 1);
        // Half of them ask for what is no power of two.
        let size = if random.one_in(2) { class } else { class - random.index(class / 2) };
        let size = size.max(SMALLEST);
        let used = random.index(size) >> random.within(0..6);
        let kind = match random.within(0..16) {
            0 => Kind::OnBigStack,
            1..=5 => Kind::Coroutine,
            _ => Kind::Thread,
        };
        Plan { size, used, kind, pattern: random.next() }
    }

    /// Goes down, and calls `wait` there; whether everything on the stack was as before after that.
    fn live(self, drops: &Drops, wait: &dyn Fn()) -> bool {
        let room = remaining().expect("a stack of coro's tells what is left of it");
        let left = room.saturating_sub(self.used).max(KEPT);
        let canary = drops.canary();
        let intact = go_down(left, self.pattern, wait);
        canary.check();
        intact
    }
}

#[inline(never)]
fn go_down(left: usize, pattern: u64, wait: &dyn Fn()) -> bool {
    let words = black_box([pattern; WORDS]);
    let below = if remaining().is_none_or(|remaining| remaining <= left) {
        wait();
        true
    } else {
        go_down(left, pattern.rotate_left(1), wait)
    };
    below && black_box(&words).iter().all(|word| *word == pattern)
}

/// Somebody who has begun.
pub(super) enum Being {
    Thread(JoinHandle<bool>),
    Coroutine(Coroutine<(), (), bool>),
}

impl Being {
    pub(super) fn begin(plan: Plan, drops: &Drops) -> Being {
        let drops = drops.clone();
        // One that is killed before it begins has a canary as well.
        let canary = Cell::new(Some(drops.canary()));
        let park = || thread::park();
        match plan.kind {
            Kind::Thread => thread_of(plan.size, move || {
                drop(canary.take());
                plan.live(&drops, &park)
            }),
            Kind::OnBigStack => thread_of(SMALLEST, move || {
                drop(canary.take());
                on_big_stack(plan.size, || plan.live(&drops, &park))
            }),
            Kind::Coroutine => {
                let coroutine = Coroutine::with_stack_size(plan.size, move |cx, ()| {
                    drop(canary.take());
                    plan.live(&drops, &|| cx.suspend(()))
                });
                assert_eq!(coroutine.resume(()).ok(), Some(CoroutineState::Yielded(())));
                Being::Coroutine(coroutine)
            }
        }
    }

    /// Lets it return, or kills it.
    pub(super) fn end(self, random: &mut Random) {
        let kills = random.one_in(8);
        match self {
            Being::Thread(thread) if kills => {
                thread.kill();
                let error = thread.join().expect_err("it was killed while it waited");
                assert!(error.is_killed(), "{error}");
            }
            Being::Thread(thread) => {
                thread.thread().unpark();
                assert!(thread.join().expect("it returns"), "its stack was written to");
            }
            Being::Coroutine(coroutine) if kills => match random.one_in(2) {
                true => assert!(coroutine.kill().is_ok()),
                false => drop(coroutine),
            },
            Being::Coroutine(coroutine) => {
                let state = coroutine.resume(()).ok();
                assert_eq!(state, Some(CoroutineState::Complete(true)), "its stack was written to");
            }
        }
    }
}

fn thread_of(size: usize, body: impl FnOnce() -> bool + 'static) -> Being {
    let outcome = Builder::new().stack_size(size).spawn(body);
    Being::Thread(outcome.unwrap_or_else(|error| panic!("{error}")))
}
