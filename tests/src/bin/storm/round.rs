//! One seed: the program is made, run, hit, ended, and its books are checked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use coro::__private::leftovers;
use coro::thread;
use coro_tests::process;

use crate::args::Kind;
use crate::panics;
use crate::play::{self, Child};
use crate::script::{Ending, Pause, Program, Strike};
use crate::world::World;

/// How often main looks whether the threads it has killed are gone, a millisecond apart by the paused clock.
const LOOKS: u32 = 10_000;

/// What happened, for the summary.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) threads: u64,
    pub(crate) sent: u64,
    pub(crate) arrived: u64,
}

/// Runs one seed; its failures, if it has any.
pub(crate) fn run(kind: Kind, seed: u64, trace: bool) -> Result<Counts, Vec<String>> {
    let files = process::open_fds();
    let panics = panics::counted();
    let outcome = catch_unwind(AssertUnwindSafe(|| play(kind, seed, trace)));
    let (counts, mut failures) =
        outcome.unwrap_or_else(|_| (Counts::default(), vec!["the program panicked".into()]));
    let files_now = process::open_fds();
    if files_now != files {
        failures.push(format!("{files} files were open before, {files_now} are after"));
    }
    let panics = panics::counted() - panics;
    if panics > 0 {
        failures.push(format!("{panics} panics"));
    }
    if failures.is_empty() { Ok(counts) } else { Err(failures) }
}

fn play(kind: Kind, seed: u64, trace: bool) -> (Counts, Vec<String>) {
    let program = Program::new(kind, seed);
    let world = match World::new(kind, trace) {
        Ok(world) => Rc::new(world),
        Err(error) => return (Counts::default(), vec![format!("no sockets: {error}")]),
    };
    let builder = coro::Builder::new().seed(seed).start_paused(true);
    let children = builder.run(|| direct(&world, program));
    for Child { number, handle } in children {
        world.settle(number, handle.join());
    }
    let mut failures = world.check_books();
    let others = Rc::strong_count(&world) - 1;
    if others > 0 {
        failures.push(format!("{others} threads still hold what they captured"));
    }
    let counts = Counts {
        threads: world.thread_count() as u64,
        sent: world.sent.load(Ordering::Relaxed),
        arrived: world.arrived.load(Ordering::Relaxed),
    };
    (counts, failures)
}

/// Main: spawns the players, lets them play, and ends them.
fn direct(world: &Rc<World>, program: Program) -> Vec<Child> {
    let Program { scripts, strikes, millis, ending } = program;
    let children = scripts.iter().map(|script| play::spawn(world, script)).collect();
    let striker = thread::spawn({
        let world = world.clone();
        move || strike(&world, &strikes)
    });
    thread::sleep(Duration::from_millis(millis));
    if ending == Ending::Killed {
        striker.kill();
        end_all(world);
    }
    children
}

fn strike(world: &World, strikes: &[Strike]) {
    for Strike { pause, target } in strikes {
        match pause {
            Pause::Turns(turns) => (0..*turns).for_each(|_| thread::yield_now()),
            Pause::Millis(millis) => thread::sleep(Duration::from_millis(*millis)),
        }
        world.strike(*target);
    }
}

/// Kills everybody and waits until they are gone; then nothing may be left but the sockets, which live on.
fn end_all(world: &World) {
    for _ in 0..LOOKS {
        // Again in each round, because a thread that runs may spawn another one before it sees its own kill.
        world.kill_all();
        thread::sleep(Duration::from_millis(1));
        let left = leftovers();
        if !left.contains("thread ") {
            let clean = !left.contains("timers") && !left.contains("waiters");
            world.check(clean, || format!("left over: {left}"));
            return;
        }
    }
    world.fail(format!("these threads do not end:\n{}", leftovers()));
}
