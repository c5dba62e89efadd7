//! The ready queue and its order: first in, first out, or random from a seed.
//!
//! When many threads are ready, what a turn touches of a thread (a few lines of its record, a few of its stack, and the
//! page table's entry for that stack) has left the near caches since its last turn, and fetching it takes longer than
//! the turn. So a long queue looks ahead: each `pop` asks for the record of a thread that is some places away from its
//! turn, and for the stack of one that is nearer, whose record has arrived by then and says where its stack pointer is.

use std::collections::VecDeque;
use std::rc::Rc;

use super::record::Record;
use crate::id;

/// In what order ready threads run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Fifo,
    /// Each turn takes a random ready thread; the same seed gives the same choices.
    Seeded(u64),
}

impl Order {
    /// The seed on which everything random in the loop depends.
    pub(crate) fn seed(self) -> Option<u64> {
        match self {
            Order::Fifo => None,
            Order::Seeded(seed) => Some(id::scramble(seed)),
        }
    }
}

/// How many threads must be ready for the queue to look ahead: with fewer, the second cache and the processor's table of
/// pages still have what the next turns touch, and looking ahead costs more than it gains.
const MANY: usize = 1024;
/// How many turns before its own a thread's record is asked for.
const RECORD_AHEAD: usize = 8;
/// How many turns before its own a thread's stack is asked for: what its record takes to arrive, later.
const STACK_AHEAD: usize = 4;

/// The threads that can run now.
#[derive(Debug)]
pub(crate) struct ReadyQueue {
    threads: VecDeque<Rc<Record>>,
    /// The state of the generator when the order is seeded.
    random: Option<u64>,
}

impl ReadyQueue {
    pub(crate) fn new(order: Order) -> ReadyQueue {
        ReadyQueue { threads: VecDeque::new(), random: order.seed() }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, rec: Rc<Record>) {
        self.threads.push_back(rec);
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<Rc<Record>> {
        if self.random.is_some() {
            return self.pop_random();
        }
        if self.threads.len() > MANY {
            self.look_ahead();
        }
        self.threads.pop_front()
    }

    /// Asks for the memory of threads whose turns are near.
    #[inline(always)]
    fn look_ahead(&self) {
        if let Some(rec) = self.threads.get(RECORD_AHEAD) {
            rec.prefetch();
        }
        if let Some(rec) = self.threads.get(STACK_AHEAD) {
            rec.prefetch_stack();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    /// Takes one of the first `count`, so that as many calls, with one less each time, give each of them one turn.
    pub(crate) fn pop_of_first(&mut self, count: usize) -> Option<Rc<Record>> {
        let Some(state) = &mut self.random else { return self.threads.pop_front() };
        let last = count.min(self.threads.len()).checked_sub(1)?;
        *state = state.wrapping_add(1);
        let pick = (id::scramble(*state) % (last as u64 + 1)) as usize;
        self.threads.swap(pick, last);
        self.threads.remove(last)
    }

    pub(crate) fn len(&self) -> usize {
        self.threads.len()
    }

    /// The threads in the order in which they became ready.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rc<Record>> {
        self.threads.iter()
    }

    #[cold]
    fn pop_random(&mut self) -> Option<Rc<Record>> {
        if self.threads.is_empty() {
            return None;
        }
        let state = self.random.as_mut().expect("only called when the order is seeded");
        *state = state.wrapping_add(1);
        let pick = (id::scramble(*state) % self.threads.len() as u64) as usize;
        self.threads.swap_remove_back(pick)
    }
}
