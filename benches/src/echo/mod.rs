//! The echo bench: one server process after the other under the same client.
//!
//! Every round starts a fresh server of each system (this program, executed again as `serve SYSTEM`) on the first core,
//! connects from the last core, warms up, and then loads it for a while with one request in flight on each connection.
//! Fresh processes average out the luck of address layouts; turns within a round alternate their direction. System
//! calls are counted in a separate run, because counting slows a server down.
//!
//! Client and servers set `TCP_NODELAY`: otherwise a message of several writes waits for delayed acknowledgements, and
//! the bench would measure that wait.

mod client;
mod cores;
mod cpu;
mod message;
mod process;
mod server_coro;
mod server_epoll;
mod server_may;
mod server_tokio;
mod summary;
mod syscalls;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use crate::Result;
use crate::args::{Load, Plan};
use crate::report::{self, Output, Progress};
use client::{Client, Limit};
use cores::Placement;
use process::Server;
use summary::{Row, Sample};

/// Bytes of the buffer that every server reads into.
const BUFFER_SIZE: usize = 4096;
const SYSTEMS: [&str; 4] = ["coro", "tokio", "may", "epoll"];
const DEFAULT_ROUNDS: usize = 7;
const QUICK_ROUNDS: usize = 2;

/// How a round is run.
#[derive(Clone, Copy, Debug)]
struct Setup {
    placement: Placement,
    effort: Effort,
}

/// How much a round does.
#[derive(Clone, Copy, Debug)]
struct Effort {
    warm_up: Duration,
    measured: Duration,
    /// Requests over which system calls are counted.
    counted: usize,
}

const FULL: Effort = Effort {
    warm_up: Duration::from_millis(200),
    measured: Duration::from_secs(1),
    counted: 100_000,
};
const QUICK: Effort = Effort {
    warm_up: Duration::from_millis(20),
    measured: Duration::from_millis(200),
    counted: 5000,
};

/// Measures every system at every number of connections and reports.
pub(crate) fn run(plan: &Plan, load: &Load) -> Result<()> {
    let mut rows = rows(plan, load);
    if rows.is_empty() {
        return Err(plan.nothing_wanted().into());
    }
    let json = Output::open("--json", plan.json.as_deref())?;
    cores::raise_fd_limit()?;
    let mut setup =
        Setup { placement: Placement::choose()?, effort: if plan.quick { QUICK } else { FULL } };
    setup.effort.measured = load.duration.unwrap_or(setup.effort.measured);
    cores::pin_to(setup.placement.client)?;
    measure_all(&mut rows, plan.rounds(DEFAULT_ROUNDS, QUICK_ROUNDS), setup)?;
    print!("{}", summary::table(&rows));
    report::save(json, &rows.iter().map(Row::to_json).collect::<Vec<_>>())
}

fn rows(plan: &Plan, load: &Load) -> Vec<Row> {
    let pairs = load
        .connections
        .iter()
        .flat_map(|&connections| SYSTEMS.map(|system| (connections, system)));
    pairs
        .filter(|(connections, system)| plan.wants(&format!("echo/{system}/{connections}")))
        .map(|(connections, system)| Row::new(system, connections, load.message_size))
        .collect()
}

/// Measures the rows in groups of the same number of connections: what is compared is measured moments apart.
fn measure_all(rows: &mut [Row], rounds: usize, setup: Setup) -> Result<()> {
    let mut progress = Progress::new(rows.len() * (rounds + 1));
    for group in rows.chunk_by_mut(|left, right| left.connections == right.connections) {
        for round in 1..=rounds {
            measure_round(group, round, setup, &mut progress)?;
        }
        for row in group {
            progress.step(&format!("system calls: {row}"));
            row.syscalls_per_request = about(row, count_syscalls(row, setup))?;
        }
    }
    Ok(())
}

/// Says in the error which row it is about.
fn about<T>(row: &Row, result: Result<T>) -> Result<T> {
    result.map_err(|error| format!("{row}: {error}").into())
}

fn measure_round(
    rows: &mut [Row],
    round: usize,
    setup: Setup,
    progress: &mut Progress,
) -> Result<()> {
    for step in 0..rows.len() {
        let index = if round % 2 == 1 { step } else { rows.len() - 1 - step };
        let row = &mut rows[index];
        progress.step(&format!("round {round}: {row}"));
        row.samples.push(about(row, measure(row, setup))?);
    }
    Ok(())
}

/// Loads a fresh server and returns what it did. The server is idle at both readings of its clocks, and the kernel
/// brings them up to date when a thread goes to sleep.
fn measure(row: &Row, setup: Setup) -> Result<Sample> {
    let (server, mut client) = start(row, setup)?;
    let before = cpu::read(server.id())?;
    let answered = client.run(Limit::For(setup.effort.measured))?;
    let used = cpu::read(server.id())?.since(before);
    Ok(Sample { requests: answered.requests, elapsed: answered.elapsed, used })
}

fn count_syscalls(row: &Row, setup: Setup) -> Result<f64> {
    let (server, mut client) = start(row, setup)?;
    let requests = setup.effort.counted.max(row.connections);
    let counted = syscalls::count(server.id(), || client.run(Limit::Requests(requests)).map(drop))?;
    Ok(counted.map_or(f64::NAN, |calls| calls as f64 / requests as f64))
}

fn start(row: &Row, setup: Setup) -> Result<(Server, Client)> {
    let server = Server::start(row.system, setup.placement.server)?;
    let mut client = Client::connect(server.address(), row.connections, row.message_size)?;
    client.run(Limit::For(setup.effort.warm_up))?;
    Ok((server, client))
}

/// Runs the echo server of `system` in this process until it is killed.
pub(crate) fn serve(system: &str, core: Option<usize>) -> Result<()> {
    cores::die_with_parent()?;
    cores::raise_fd_limit()?;
    if let Some(core) = core {
        cores::pin_to(core)?;
    }
    match system {
        "coro" => server_coro::serve()?,
        "tokio" => server_tokio::serve()?,
        "may" => server_may::serve()?,
        "epoll" => server_epoll::serve()?,
        other => {
            return Err(format!("unknown server '{other}': use {}", SYSTEMS.join(", ")).into());
        }
    }
    Ok(())
}

/// Tells whoever started this server where it listens.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}{address}", process::ANNOUNCEMENT)?;
    stdout.flush()
}
