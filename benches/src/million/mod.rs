//! The bench of many threads: what each of a million costs that waits with a live local, and how far other systems get.
//!
//! Every system runs in a process of its own: this program, executed again as `hold SYSTEM N`, or a Go program. It
//! makes threads (tasks, coroutines, goroutines, OS threads) one after the other; each runs until it waits, with a local
//! that it needs afterwards. Then all are woken, each once, and joined. The process tells on its standard output how far
//! it is (`child.rs`), and the bench reads its memory from /proc meanwhile (`memory.rs`), so that all are measured in the
//! same way, and one that dies on the way has a row as well.
//!
//! A row is about what was reached. The bytes are those of resident memory and of page tables, less what the process had
//! before the first thread, shared out. What the kernel keeps for an OS thread is in neither, and comes on top. It is
//! shown on stderr as soon as it is finished, so that a run that is interrupted has not been for nothing.

mod child;
mod coro;
mod go;
mod may;
mod memory;
mod os;
mod parent;
mod plot;
mod progress;
mod summary;
mod tokio;

use crate::Result;
use crate::args::{Held, Plan};
use crate::report::{self, Output};
use child::Child;
use parent::Sample;
use progress::Bar;
use summary::Row;

/// All systems, in the order of the table.
const SYSTEMS: [&str; 6] = ["coro", "tokio", "go", "may", "may_8k", "std"];
const DEFAULT_THREADS: usize = 1_000_000;
const QUICK_THREADS: usize = 10_000;
/// More OS threads than this are not asked for: they could take what the rest of the machine needs.
const MOST_OS_THREADS: usize = 30_000;
/// How many are made between two reports of progress.
const BATCH: usize = 1000;

/// Measures every system at every number of threads and reports.
pub(crate) fn run(plan: &Plan, held: &Held) -> Result<()> {
    let default = [if plan.quick { QUICK_THREADS } else { DEFAULT_THREADS }];
    let counts = if held.threads.is_empty() { &default[..] } else { &held.threads };
    let mut rows = rows(plan, counts);
    if rows.is_empty() {
        return Err(plan.nothing_wanted().into());
    }
    let json = Output::open("--json", plan.json.as_deref())?;
    let plot = Output::open("--plot", held.plot.as_deref())?;
    let go = if rows.iter().any(|row| row.system == "go") { go::build()? } else { Ok(None) };
    let go = go.unwrap_or_else(|reason| {
        eprintln!("go is left out: {reason}");
        rows.retain(|row| row.system != "go");
        None
    });
    if rows.is_empty() {
        return Ok(());
    }
    let rounds = plan.rounds(1, 1);
    let mut bar = Bar::new(rows.len() * rounds);
    for round in 0..rounds {
        for step in 0..rows.len() {
            let index = if round % 2 == 0 { step } else { rows.len() - 1 - step };
            let row = &mut rows[index];
            let sample = measure(row, go.as_ref(), &mut bar);
            row.samples.push(sample.map_err(|error| format!("{row}: {error}"))?);
            bar.finished(&row.so_far());
        }
    }
    drop(bar);
    print!("{}", summary::table(&rows));
    report::save(json, &rows.iter().map(Row::to_json).collect::<Vec<_>>())?;
    plot.map_or(Ok(()), |output| output.write(&plot::drawing(&rows)?))
}

fn rows(plan: &Plan, counts: &[usize]) -> Vec<Row> {
    let pairs = counts.iter().flat_map(|&count| SYSTEMS.map(|system| (count, system)));
    pairs
        .filter(|(count, system)| plan.wants(&format!("million/{system}/{count}")))
        .map(|(count, system)| Row::new(system, count))
        .collect()
}

fn measure(row: &Row, go: Option<&go::Program>, bar: &mut Bar) -> Result<Sample> {
    let label = row.to_string();
    bar.begin(&label, row.asked);
    match (row.system, go) {
        ("go", Some(program)) => parent::measure(program.command(row.asked), row.asked, bar),
        _ => parent::measure(parent::this_program(row.system, row.asked)?, row.asked, bar),
    }
}

/// Holds threads of `system` in this process, as the process that started it says.
pub(crate) fn hold(system: &str, threads: usize) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let child = Child::new(threads);
    match system {
        "coro" => coro::hold(child),
        "tokio" => tokio::hold(child),
        "may" => may::hold(child, may::DEFAULT_WORDS),
        "may_8k" => may::hold(child, may::SMALL_WORDS),
        "std" => os::hold(child),
        other => {
            return Err(format!("unknown system '{other}': use {}", SYSTEMS.join(", ")).into());
        }
    }
    Ok(())
}
