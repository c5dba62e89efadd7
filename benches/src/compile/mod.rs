//! The compile bench: what an attribute costs whoever compiles its functions.
//!
//! It writes crates with the same functions, one under `#[coro::thread]`, one as `async fn` under tokio's attribute, and
//! for reference one of each without an attribute. They lie in a temporary folder, take what they depend on from this
//! workspace's lock file, and are gone at the end. Dependencies are built first; then each crate is touched and built
//! alone, without incremental compilation, in turns that alternate their direction.
//!
//! Wall time counts what waits for the compiler, user time what it works. On a busy machine only the latter is steady.

mod clock;
mod crates;

use std::fmt;

use crate::args::Plan;
use crate::json::{self, Value};
use crate::report::{self, Output, Progress};
use crate::{Result, stats};
use clock::Spent;
use crates::Workspace;

/// One way to write the functions.
#[derive(Clone, Copy, Debug, PartialEq)]
struct System {
    name: &'static str,
    dependency: &'static str,
    /// What stands before `fn`.
    attribute: &'static str,
    /// What makes a call run the function, for those that have to be called.
    run: &'static str,
}

/// The columns of the table, in this order. An `async fn` that nobody polls is not compiled to the end, so the last but
/// one is no more than the parsing and checking of one.
const SYSTEMS: [System; 4] = [
    System {
        name: "coro",
        dependency: "coro = { package = \"coro-runtime\", path = CORO }",
        attribute: "#[coro::thread]\npub fn",
        run: ".call()",
    },
    System {
        name: "tokio",
        dependency: "tokio = { version = \"1.54\", features = [\"macros\", \"rt\"] }",
        attribute: "#[tokio::main(flavor = \"current_thread\")]\npub async fn",
        run: "",
    },
    System { name: "async_fn", dependency: "", attribute: "pub async fn", run: "" },
    System { name: "fn", dependency: "", attribute: "pub fn", run: "" },
];

/// One way to build, by the name that it has in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Build {
    name: &'static str,
    arguments: &'static [&'static str],
}

const BUILDS: [Build; 3] = [
    Build { name: "check", arguments: &["check"] },
    Build { name: "debug", arguments: &["build"] },
    Build { name: "release", arguments: &["build", "--release"] },
];

/// What was measured of one system in one kind of build, one sample a round.
#[derive(Clone, Debug)]
struct Row {
    build: Build,
    system: System,
    samples: Vec<Spent>,
}

const DEFAULT_ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 1;

/// Builds all that the plan asks for and reports what it took.
pub(crate) fn run(plan: &Plan, functions: usize) -> Result<()> {
    let mut rows = wanted(plan, functions);
    if rows.is_empty() {
        return Err(plan.nothing_wanted().into());
    }
    let json = Output::open("--json", plan.json.as_deref())?;
    let workspace = Workspace::create(&SYSTEMS, functions)?;
    let rounds = plan.rounds(DEFAULT_ROUNDS, QUICK_ROUNDS);
    let mut progress = Progress::new(rows.len() * (1 + rounds));
    for row in &rows {
        progress.step(&format!("dependencies: {row}"));
        workspace.build(row.build, row.system)?;
    }
    for round in 0..rounds {
        for step in 0..rows.len() {
            let index = if round % 2 == 0 { step } else { rows.len() - 1 - step };
            let row = &mut rows[index];
            progress.step(&format!("round {}: {row}", round + 1));
            workspace.touch(row.system)?;
            row.samples.push(clock::time(|| workspace.build(row.build, row.system))?);
        }
    }
    drop(progress);
    print!("{}", table(&rows, functions));
    let rows: Vec<_> = rows.iter().map(|row| row.to_json(functions)).collect();
    report::save(json, &rows)
}

fn wanted(plan: &Plan, functions: usize) -> Vec<Row> {
    let all = BUILDS.iter().flat_map(|&build| SYSTEMS.iter().map(move |&system| (build, system)));
    let name = |build: Build, system: System| format!("{}/{}/{functions}", build.name, system.name);
    all.filter(|&(build, system)| plan.wants(&name(build, system)))
        .map(|(build, system)| Row { build, system, samples: Vec::new() })
        .collect()
}

impl Row {
    fn all(&self, figure: fn(&Spent) -> f64) -> Vec<f64> {
        self.samples.iter().map(figure).collect()
    }

    fn to_json(&self, functions: usize) -> String {
        json::object(&[
            ("bench", Value::Text("compile")),
            ("build", Value::Text(self.build.name)),
            ("system", Value::Text(self.system.name)),
            ("functions", Value::Count(functions)),
            ("wall_s", Value::Number(stats::median(&self.all(Spent::wall)))),
            ("user_s", Value::Number(stats::median(&self.all(Spent::user)))),
        ])
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.build.name, self.system.name)
    }
}

/// Two lines for each kind of build: wall time and user time, a column a system, and coro's ratio to tokio.
fn table(rows: &[Row], functions: usize) -> String {
    let title = format!("seconds for {functions} functions");
    let mut header = vec![title.as_str(), ""];
    header.extend(SYSTEMS.map(|system| system.name));
    header.extend(["coro/tokio", "spread"]);
    let built = BUILDS.iter().filter(|&&build| rows.iter().any(|row| row.build == build));
    let lines: Vec<_> = built
        .flat_map(|&build| {
            [("wall", Spent::wall as fn(&Spent) -> f64), ("user", Spent::user)]
                .map(|(name, figure)| table_line(build, name, figure, rows))
        })
        .collect();
    report::table(&header, &lines)
}

fn table_line(build: Build, name: &str, figure: fn(&Spent) -> f64, rows: &[Row]) -> Vec<String> {
    let samples = SYSTEMS.map(|system| {
        let row = rows.iter().find(|row| (row.build, row.system) == (build, system));
        row.map_or(Vec::new(), |row| row.all(figure))
    });
    let spread = samples.iter().map(|samples| stats::spread(samples)).fold(0.0, f64::max);
    let mut line = vec![build.name.to_owned(), name.to_owned()];
    line.extend(samples.iter().map(|samples| report::number(stats::median(samples), 2)));
    line.push(report::number(stats::paired_ratio(&samples[0], &samples[1]), 3));
    line.push(format!("±{:.0} %", spread * 100.0));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(system: usize, seconds: &[f64]) -> Row {
        let samples = seconds.iter().map(|&wall| Spent { wall, user: wall / 2.0 }).collect();
        Row { build: BUILDS[1], system: SYSTEMS[system], samples }
    }

    #[test]
    fn a_table_has_both_times() {
        let text = table(&[row(0, &[2.0, 4.0]), row(1, &[4.0, 8.0])], 500);
        let lines: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["debug", "wall", "3.00", "6.00", "-", "-", "0.500", "±33", "%"]);
        assert_eq!(lines[2][..4], ["debug", "user", "1.50", "3.00"]);
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_json_row_has_both_times() {
        assert_eq!(
            row(1, &[4.0]).to_json(500),
            r#"{"bench": "compile", "build": "debug", "system": "tokio", "functions": 500, "wall_s": 4.000, "user_s": 2.000}"#
        );
    }
}
