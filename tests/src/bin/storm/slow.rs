//! A value whose destructor waits: at the end of a block, or in the middle of an unwind.

use std::rc::Rc;
use std::time::Duration;

use coro::thread;
use coro_tests::canary::Canary;

use crate::world::{World, lock};

/// How a destructor waits. Each way ends without help.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Delay {
    Yield,
    Sleep(u64),
    /// Locks a mutex that nobody holds for long.
    Lock,
    /// Reads, if it is in the middle of an unwind: that fails at once if there is nothing to read.
    Read(usize),
    /// Sleeps for long within a short time limit, if it is not in the middle of an unwind.
    Timeout(u64),
}

/// The value.
pub(crate) struct Slow {
    world: Rc<World>,
    delay: Delay,
    canary: Canary,
}

impl Slow {
    pub(crate) fn new(world: &Rc<World>, delay: Delay) -> Slow {
        let canary = world.drops.canary();
        Slow { world: world.clone(), delay, canary }
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.canary.check();
        let unwinding = thread::panicking();
        match self.delay {
            Delay::Yield => thread::yield_now(),
            Delay::Sleep(millis) => thread::sleep(Duration::from_millis(millis)),
            Delay::Lock => {
                let mut count = lock(&self.world.leaf);
                *count += 1;
                thread::yield_now();
            }
            Delay::Read(direction) if unwinding => {
                if let Err(failure) = self.world.directions[direction].read_unwinding() {
                    self.world.fail(failure);
                }
            }
            Delay::Timeout(millis) if !unwinding => {
                let limit = Duration::from_millis(millis);
                let outcome = coro::timeout(limit, || thread::sleep(Duration::MAX));
                self.world.check(outcome.is_err(), || "a sleep for ever ended".into());
            }
            Delay::Read(_) | Delay::Timeout(_) => {}
        }
        let still = thread::panicking() == unwinding;
        self.world.check(still, || "an unwind began or ended in a destructor".into());
        self.canary.check();
    }
}
