//! One seed: the model says what ought to be seen, the coroutines show what is, and the two are compared.

use std::fmt::Write as _;
use std::rc::Rc;

use coro::thread;

use crate::event::{Event, Who};
use crate::model;
use crate::play;
use crate::script::{Mode, Script};
use crate::world::World;

/// How many events are shown before the first difference.
const SHOWN: usize = 25;

/// Runs a script on an OS thread of its own; says what was seen, or what went wrong.
///
/// A coroutine that is left over in the middle of an unwind would be noticed by all that come after it.
pub(crate) fn run(script: &Script) -> Result<String, String> {
    let script = script.clone();
    let outcome = std::thread::spawn(move || run_here(&script)).join();
    outcome.unwrap_or_else(|_| Err("a panic has left the sequence".into()))
}

/// Leaves out of a script that fails what it fails without.
pub(crate) fn shrink(mut script: Script) -> Script {
    let mut chunk = script.ops.len();
    while chunk > 0 {
        let before = script.ops.len();
        for start in (0..before).rev() {
            let mut smaller = script.clone();
            let end = (start + chunk).min(smaller.ops.len());
            smaller.ops.drain(start.min(end)..end);
            if end > start && run(&smaller).is_err() {
                script = smaller;
            }
        }
        if chunk > 1 || script.ops.len() == before {
            chunk /= 2;
        }
    }
    script
}

fn run_here(script: &Script) -> Result<String, String> {
    let mut expected = model::expect(script);
    let world = Rc::new(World::new(script.clone()));
    let ordered = play_all(&world);
    let mut log = world.take_log();
    log[ordered..].sort_unstable();
    expected.log[expected.unordered_from..].sort_unstable();
    let mut failures = world.take_failures();
    if log != expected.log {
        failures.push(difference(script, &log, &expected.log));
    }
    check_books(&world, expected.all_done, &mut failures);
    if failures.is_empty() {
        Ok(story(script, &log))
    } else {
        let mode = script.mode;
        Err(format!("mode {mode:?}, abandon: {}\n{}", script.abandon, failures.join("\n")))
    }
}

/// Plays the script; says from where on the log has no order.
fn play_all(world: &Rc<World>) -> usize {
    let mode = world.script.mode;
    let end = || {
        play::clean_up(world);
        world.log_len()
    };
    let in_loop = |f: &dyn Fn() -> usize| coro::Builder::new().start_paused(true).run(f);
    match mode {
        Mode::Outside => {
            play::play_base(world, 0);
            end()
        }
        Mode::Main => in_loop(&|| {
            play::play_base(world, 0);
            end()
        }),
        Mode::Threads(count) => in_loop(&|| {
            play_threads(world, count);
            end()
        }),
    }
}

fn play_threads(world: &Rc<World>, count: usize) {
    let spawn = |base| {
        let world = world.clone();
        thread::spawn(move || play::play_base(&world, base))
    };
    let threads: Vec<_> = (0..count).map(spawn).collect();
    for thread in threads {
        if let Err(error) = thread.join() {
            world.fail(format!("a thread ended early: {error}"));
        }
    }
}

/// What was made must have been dropped, unless a coroutine is left over.
fn check_books(world: &Rc<World>, all_done: bool, failures: &mut Vec<String>) {
    let (made, dropped) = (world.drops.made(), world.drops.dropped());
    if dropped > made || (all_done && dropped < made) {
        failures.push(format!("{made} values were made, {dropped} were dropped"));
    }
    let others = Rc::strong_count(world) - 1;
    if all_done && others > 0 {
        failures.push(format!("{others} coroutines that are done still hold what they captured"));
    }
}

fn difference(script: &Script, log: &[Event], expected: &[Event]) -> String {
    let same = log.iter().zip(expected).take_while(|(seen, expected)| seen == expected).count();
    let from = same.saturating_sub(SHOWN);
    format!(
        "{}{}difference: expected {:?}, seen {:?}",
        made_so_far(script, &log[..from]),
        story(script, &log[from..same]),
        expected.get(same),
        log.get(same),
    )
}

/// The kinds of the coroutines, made in an earlier part of the log.
fn made_so_far(script: &Script, log: &[Event]) -> String {
    let mut text = String::new();
    for (turn, event) in log.iter().zip(log.iter().skip(1)) {
        if let (Event::Turn(_, index), Event::Made(k)) = (turn, event) {
            let _ = writeln!(text, "  {k}: {:?}", script.ops[*index]);
        }
    }
    text
}

/// A log with the operations of the script in it.
fn story(script: &Script, log: &[Event]) -> String {
    let mut text = String::new();
    for event in log {
        let _ = match event {
            Event::Turn(Who::Base(thread), index) => {
                writeln!(text, "base {thread}: [{index}] {:?}", script.ops[*index])
            }
            Event::Turn(Who::Coroutine(k), index) => {
                writeln!(text, "coroutine {k}: [{index}] {:?}", script.ops[*index])
            }
            event => writeln!(text, "      {event:?}"),
        };
    }
    text
}
