//! Sees to it that a program that hangs says how far it was and what repeats it, and ends.
//!
//! The program tells the watchdog of each step; an OS thread looks now and then, by the system's clock, whether there was
//! another one. A step may take much longer than it does on a machine that is busy with other things, or under valgrind.

use std::io::{self, Write};
use std::process::abort;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many looks must find the same step. A machine that was asleep has not looked meanwhile.
pub(crate) const LOOKS: u32 = 20;

/// What it is that is done, and the number of the step.
type Step = (&'static str, u64);

/// Tells the OS thread that looks which step it is.
#[derive(Debug)]
pub struct Watchdog {
    step: Arc<Mutex<Option<Step>>>,
}

impl Watchdog {
    /// Starts an OS thread that aborts the process when a step takes longer than a minute. `repeat` says by which command a
    /// step, or all up to it, is repeated.
    #[must_use]
    pub fn start(repeat: impl Fn(u64) -> String + Send + 'static) -> Watchdog {
        Watchdog::with_patience(PATIENCE, repeat)
    }

    /// The same for steps that may take so long.
    #[must_use]
    pub fn with_patience(
        patience: Duration,
        repeat: impl Fn(u64) -> String + Send + 'static,
    ) -> Watchdog {
        let step = Arc::default();
        let watched = Arc::clone(&step);
        thread::spawn(move || {
            let (what, number) = stuck(&watched, patience / LOOKS);
            let say = move || {
                // Nobody may be there to read it.
                let _ = writeln!(
                    io::stderr(),
                    "\n{what} {number} hangs, for there was no other step in {patience:?}; repeat it with: {}",
                    repeat(number)
                );
            };
            attempt(patience, say);
            abort();
        });
        Watchdog { step }
    }

    /// Says that this step begins.
    pub fn begin(&self, what: &'static str, number: u64) {
        self.set(Some((what, number)));
    }

    /// Says that nothing more is done that could hang.
    pub fn end(&self) {
        self.set(None);
    }

    fn set(&self, step: Option<Step>) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }
}

/// Does what may panic, and waits for its end, but not for ever: what hangs may hold the lock of standard error, or whoever
/// should read that may.
fn attempt(patience: Duration, f: impl FnOnce() + Send + 'static) {
    let (ended, told) = mpsc::channel::<()>();
    // If the system has no OS thread left, both are dropped, and the wait is over.
    let _ = thread::Builder::new().spawn(move || {
        let _ended = ended;
        f();
    });
    let _ = told.recv_timeout(patience);
}

/// Looks after each interval until a step has been there too long; that step.
fn stuck(watched: &Mutex<Option<Step>>, interval: Duration) -> Step {
    let mut seen = None;
    let mut looks = 0;
    loop {
        thread::sleep(interval);
        let step = *watched.lock().unwrap_or_else(PoisonError::into_inner);
        looks = if step == seen { looks + 1 } else { 0 };
        seen = step;
        match step {
            Some(step) if looks >= LOOKS => return step,
            _ => {}
        }
    }
}
