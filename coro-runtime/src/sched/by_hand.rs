//! A loop that is driven by hand: made without `run`, run until an exit, turned once (`README.md`, sections 1 and 9).

use std::io;
use std::panic::Location;
use std::time::Duration;

use super::current::{self, Cx, Installed};
use super::drive::LastThread;
use super::wait;
use super::{Config, Loop, locals, unwind};

/// Makes a loop that is current on this OS thread until [`close`]; none if there is one already.
///
/// # Errors
/// Those of making a poller.
pub(crate) fn open(
    config: Config,
    site: &'static Location<'static>,
) -> io::Result<Option<Installed>> {
    if current::with_loop(|lp| lp.is_some()) {
        return Ok(None);
    }
    let lp = Box::new(Loop::new(config, site)?);
    lp.begin();
    // Nobody catches an interrupt that unwinds main, so they are held back for good.
    lp.main.interrupts.enter_shield();
    Ok(current::install(lp))
}

/// Ends a loop as `run` does at its end. Anywhere but in its main thread the loop is left as it is, for good.
pub(crate) fn close(installed: Installed) {
    if !installed.is_in_main() {
        return;
    }
    locals::end_of_thread();
    current::with_loop(|lp| lp.map(Loop::end));
    if let Some(lp) = installed.take_back() {
        // What was raised at main and never delivered: user code, which finds no loop here.
        lp.main.interrupts.take_raised().into_iter().for_each(unwind::drop_quietly);
    }
}

/// Drives the loop until an exit is requested or no other thread is left; it never sleeps longer than `longest_sleep`
/// without a look at the flag.
///
/// An interrupt that main is open to is raised from here, and leaves a request as it is.
pub(crate) fn run(cx: Cx<'_>, longest_sleep: Duration) {
    let Cx { lp, .. } = cx;
    let _running = Running::begin(lp, longest_sleep);
    while !lp.exit.is_requested() && !lp.is_alone() {
        wait::on(&mut LastThread { lp }, None).or_raise();
    }
    lp.exit.take();
}

/// Gives each ready thread a turn; how many there were.
pub(crate) fn run_pending(cx: Cx<'_>) -> usize {
    let count = cx.lp.take_turns();
    raise_pending(cx);
    count
}

/// Takes in what has happened outside, waiting for at most `limit` if no thread is ready, then gives each ready
/// thread a turn; how many there were.
///
/// # Errors
/// Those of the poller.
pub(crate) fn turn(cx: Cx<'_>, limit: Option<Duration>) -> io::Result<usize> {
    cx.lp.look_outside(limit)?;
    Ok(run_pending(cx))
}

/// Raises an interrupt that came while others had their turns.
fn raise_pending(cx: Cx<'_>) {
    if let Some(interrupt) = cx.rec.interrupts.take_deliverable() {
        interrupt.raise();
    }
}

impl Loop {
    /// Requests the end of the run under way, or of the next one, on this OS thread.
    pub(crate) fn request_exit(&self) {
        self.exit.set();
        self.check_exit();
    }

    /// Ends the run under way if that was requested.
    pub(super) fn check_exit(&self) {
        if self.longest_sleep.get().is_some() && self.exit.is_requested() {
            self.wake_main();
        }
    }

    /// How long nothing will happen in the loop unless from outside; none for ever.
    pub(crate) fn next_timeout(&self) -> Option<Duration> {
        if !self.ready.borrow().is_empty() {
            return Some(Duration::ZERO);
        }
        // Since the last visit to the outside, threads may have ended.
        self.tend_stacks();
        self.patience()
    }
}

/// Notes that a run is under way, until it returns or unwinds.
struct Running<'a> {
    lp: &'a Loop,
}

impl<'a> Running<'a> {
    fn begin(lp: &'a Loop, longest_sleep: Duration) -> Running<'a> {
        lp.longest_sleep.set(Some(longest_sleep));
        Running { lp }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.lp.longest_sleep.set(None);
    }
}
