//! The micro benches: what one switch, one transfer, one scheduled yield, one spawn and join cost, and one wait for
//! another thread.
//!
//! Every case is timed once a round, all cases of a round one after the other, so that the systems being compared run
//! within moments of each other; every other round runs backwards. A row is the median over the rounds. A system
//! with several ways to do a thing (tokio's `spawn` and `spawn_local`) has a case for each and reports the fastest.

mod coro;
mod may;
mod stretch;
mod switch;
mod tokio;
mod waits;

use std::time::Duration;

use crate::args::Plan;
use crate::json::{self, Value};
use crate::report::{self, Output, Progress};
use crate::{Result, stats};

/// Takes the threads and the iterations, and returns the time that all the iterations took together.
type Timing = fn(usize, usize) -> Duration;

/// One thing to time.
#[derive(Clone, Copy, Debug)]
struct Case {
    bench: &'static str,
    system: &'static str,
    threads: usize,
    /// Operations a round; a multiple of `threads`.
    iterations: usize,
    run: Timing,
}

/// What was measured of one system: nanoseconds per operation, one sample a round.
#[derive(Clone, Debug)]
struct Row {
    bench: &'static str,
    system: &'static str,
    threads: usize,
    samples: Vec<f64>,
}

/// The columns of the table, in this order.
const SYSTEMS: [&str; 9] = [
    "coro",
    "coro_uncoloured",
    "coro_16k",
    "tokio",
    "tokio_wake",
    "may",
    "corosensei",
    "std",
    "crossbeam",
];
const DEFAULT_ROUNDS: usize = 15;
const QUICK_ROUNDS: usize = 3;

/// Runs all the cases that the plan asks for and reports them.
pub(crate) fn run(plan: &Plan) -> Result<()> {
    let mut cases = cases();
    cases.retain(|case| plan.wants(&format!("{}/{}/{}", case.bench, case.system, case.threads)));
    if cases.is_empty() {
        return Err(plan.nothing_wanted().into());
    }
    let json = Output::open("--json", plan.json.as_deref())?;
    if plan.quick {
        cases.iter_mut().for_each(|case| case.iterations /= 10);
    }
    let rows = fastest_of_each(measure(&cases, plan.rounds(DEFAULT_ROUNDS, QUICK_ROUNDS)));
    print!("{}", table(&rows));
    report::save(json, &rows.iter().map(to_json).collect::<Vec<_>>())
}

/// Runs one row alone, once, as is convenient under a profiler.
pub(crate) fn run_row(
    bench: &str,
    system: &str,
    threads: usize,
    iterations: Option<usize>,
) -> Result<()> {
    let known = cases();
    let found = known.iter().find(|case| case.bench == bench && case.system == system);
    let case = found.ok_or_else(|| format!("no row '{bench} {system}': {}", names(&known)))?;
    let iterations = iterations.unwrap_or(case.iterations).next_multiple_of(threads);
    let elapsed = (case.run)(threads, iterations);
    println!(
        "{bench} {system} n={threads}: {} ns",
        report::number(per_operation(elapsed, iterations), 2)
    );
    Ok(())
}

fn names(cases: &[Case]) -> String {
    let mut names: Vec<_> =
        cases.iter().map(|case| format!("{} {}", case.bench, case.system)).collect();
    names.sort();
    names.dedup();
    format!("use one of {}", names.join(", "))
}

fn cases() -> Vec<Case> {
    let switch: Timing = switch::round_trips;
    let mut cases = group("switch", 1, 5_000_000, &[("corosensei", switch)]);
    for members in [2, 10, 1000] {
        let runs: [(&'static str, Timing); 2] =
            [("coro", coro::transfers), ("corosensei", switch::rounds)];
        cases.extend(group("transfer", members, 5_000_000, &runs));
    }
    for threads in [1, 10, 1000, 20_000] {
        cases.extend(group(
            "yield",
            threads,
            2_000_000,
            &[
                ("coro", coro::yields),
                ("coro_uncoloured", coro::uncoloured_yields),
                ("coro_16k", coro::small_yields),
                ("tokio", tokio::yields),
                ("tokio", tokio::local_yields),
                ("tokio_wake", tokio::wakes),
                ("tokio_wake", tokio::local_wakes),
                ("may", may::yields),
                ("corosensei", switch::rounds),
            ],
        ));
    }
    for threads in [1, 1000] {
        cases.extend(group(
            "spawn_join",
            threads,
            200_000,
            &[
                ("coro", coro::spawn_joins),
                ("tokio", tokio::spawn_joins),
                ("tokio", tokio::local_spawn_joins),
                ("may", may::spawn_joins),
            ],
        ));
    }
    cases.extend(waits::cases());
    cases
}

fn group(
    bench: &'static str,
    threads: usize,
    iterations: usize,
    runs: &[(&'static str, Timing)],
) -> Vec<Case> {
    runs.iter().map(|&(system, run)| Case { bench, system, threads, iterations, run }).collect()
}

fn measure(cases: &[Case], rounds: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = cases.iter().map(Row::of).collect();
    let mut progress = Progress::new(cases.len() * rounds);
    for round in 0..rounds {
        for step in 0..cases.len() {
            let index = if round % 2 == 0 { step } else { cases.len() - 1 - step };
            let case = &cases[index];
            progress.step(&format!(
                "round {}: {} {} n={}",
                round + 1,
                case.bench,
                case.system,
                case.threads
            ));
            let elapsed = (case.run)(case.threads, case.iterations);
            rows[index].samples.push(per_operation(elapsed, case.iterations));
        }
    }
    rows
}

fn per_operation(elapsed: Duration, iterations: usize) -> f64 {
    elapsed.as_secs_f64() * 1e9 / iterations as f64
}

/// Keeps one row for each bench, number of threads and system: the one with the lowest median.
fn fastest_of_each(rows: Vec<Row>) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        match kept.iter_mut().find(|other| other.is_rival_of(&row)) {
            Some(rival) if row.median() < rival.median() => *rival = row,
            Some(_) => {}
            None => kept.push(row),
        }
    }
    kept
}

impl Row {
    fn of(case: &Case) -> Self {
        Self { bench: case.bench, system: case.system, threads: case.threads, samples: Vec::new() }
    }

    fn median(&self) -> f64 {
        stats::median(&self.samples)
    }

    fn is_rival_of(&self, other: &Self) -> bool {
        self.is_beside(other) && self.system == other.system
    }

    fn is_beside(&self, other: &Self) -> bool {
        (self.bench, self.threads) == (other.bench, other.threads)
    }
}

fn to_json(row: &Row) -> String {
    json::object(&[
        ("bench", Value::Text(row.bench)),
        ("system", Value::Text(row.system)),
        ("n", Value::Count(row.threads)),
        ("ns_per_op", Value::Number(row.median())),
    ])
}

/// One line for each bench and number of threads: a column a system, coro's ratios to tokio's two ways to yield, and the largest
/// spread.
fn table(rows: &[Row]) -> String {
    let mut header = vec!["ns per operation", "n"];
    header.extend(SYSTEMS);
    header.extend(["coro/tokio", "coro/tokio_wake", "spread"]);
    let mut firsts: Vec<&Row> = Vec::new();
    for row in rows {
        if !firsts.iter().any(|first| first.is_beside(row)) {
            firsts.push(row);
        }
    }
    let lines: Vec<_> = firsts.iter().map(|first| table_line(first, rows)).collect();
    report::table(&header, &lines)
}

fn table_line(first: &Row, rows: &[Row]) -> Vec<String> {
    let beside: Vec<&Row> = rows.iter().filter(|row| row.is_beside(first)).collect();
    let samples = |system: &str| {
        beside.iter().find(|row| row.system == system).map_or(&[][..], |row| &row.samples)
    };
    let spread = beside.iter().map(|row| stats::spread(&row.samples)).fold(0.0, f64::max);
    let mut line = vec![first.bench.to_owned(), first.threads.to_string()];
    line.extend(SYSTEMS.iter().map(|system| report::number(stats::median(samples(system)), 1)));
    line.extend(
        ["tokio", "tokio_wake"]
            .map(|peer| report::number(stats::paired_ratio(samples("coro"), samples(peer)), 3)),
    );
    line.push(format!("±{:.0} %", spread * 100.0));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(system: &'static str, samples: &[f64]) -> Row {
        Row { bench: "yield", system, threads: 10, samples: samples.to_vec() }
    }

    #[test]
    fn the_faster_variant_of_a_system_is_kept() {
        let rows =
            fastest_of_each(vec![row("tokio", &[9.0]), row("may", &[7.0]), row("tokio", &[4.0])]);
        let kept: Vec<_> = rows.iter().map(|row| (row.system, row.median())).collect();
        assert_eq!(kept, [("tokio", 4.0), ("may", 7.0)]);
    }

    #[test]
    fn a_json_row_has_the_agreed_keys() {
        assert_eq!(
            to_json(&row("coro", &[5.0])),
            r#"{"bench": "yield", "system": "coro", "n": 10, "ns_per_op": 5.000}"#
        );
    }

    #[test]
    fn a_table_line_pairs_coro_with_both_ways_of_tokio() {
        let wake = row("tokio_wake", &[4.0, 8.0]);
        let text = table(&[row("coro", &[2.0, 4.0]), row("tokio", &[8.0, 16.0]), wake]);
        let cells: Vec<_> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(
            cells,
            [
                "yield", "10", "3.0", "-", "-", "12.0", "6.0", "-", "-", "-", "-", "0.250",
                "0.500", "±33", "%"
            ]
        );
    }

    #[test]
    fn every_case_divides_its_iterations_evenly() {
        for case in cases() {
            assert_eq!(case.iterations / 10 % case.threads, 0, "{case:?}");
        }
    }
}
