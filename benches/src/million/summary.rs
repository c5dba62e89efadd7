//! The rows of the bench, as a table and as JSON.

use std::fmt;

use super::parent::Sample;
use crate::json::{self, Value};
use crate::{report, stats};

/// What was measured of one system at one number of threads, one sample a round.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) system: &'static str,
    /// How many threads it was asked for.
    pub(super) asked: usize,
    pub(super) samples: Vec<Sample>,
}

impl Row {
    pub(super) fn new(system: &'static str, asked: usize) -> Self {
        Self { system, asked, samples: Vec::new() }
    }

    /// Returns how many threads it held in every round.
    pub(super) fn held(&self) -> usize {
        self.samples.iter().map(|sample| sample.held).min().unwrap_or(0)
    }

    /// Returns why it held no more, or did not wake them.
    pub(super) fn limit(&self) -> Option<&str> {
        self.samples.iter().find_map(|sample| sample.limit.as_deref())
    }

    pub(super) fn bytes_per_thread(&self) -> f64 {
        self.resident_per_thread() + self.page_tables_per_thread()
    }

    fn resident_per_thread(&self) -> f64 {
        self.median(|sample| sample.memory.resident as f64 / sample.held as f64)
    }

    fn page_tables_per_thread(&self) -> f64 {
        self.median(|sample| sample.memory.page_tables as f64 / sample.held as f64)
    }

    /// Returns what was measured up to now, as one line: a run that is interrupted has shown it.
    pub(super) fn so_far(&self) -> String {
        let limit = self.limit().map_or_else(String::new, |limit| format!(": {limit}"));
        format!(
            "{self}: held {}, {} bytes each, build {} s, wake {} s{limit}",
            self.held(),
            report::number(self.bytes_per_thread(), 0),
            report::number(self.median(|sample| sample.build), 2),
            report::number(self.median(|sample| sample.wake), 2),
        )
    }

    fn mappings(&self) -> usize {
        self.samples.iter().map(|sample| sample.mappings).max().unwrap_or(0)
    }

    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        stats::median(&self.samples.iter().map(of).collect::<Vec<_>>())
    }

    pub(super) fn to_json(&self) -> String {
        json::object(&[
            ("bench", Value::Text("million")),
            ("system", Value::Text(self.system)),
            ("n", Value::Count(self.held())),
            ("bytes_per_thread", Value::Number(self.bytes_per_thread())),
            ("mappings", Value::Count(self.mappings())),
            ("build_s", Value::Number(self.median(|sample| sample.build))),
            ("wake_s", Value::Number(self.median(|sample| sample.wake))),
            ("asked", Value::Count(self.asked)),
            ("rss_bytes_per_thread", Value::Number(self.resident_per_thread())),
            ("page_table_bytes_per_thread", Value::Number(self.page_tables_per_thread())),
            ("limit", Value::Text(self.limit().unwrap_or_default())),
        ])
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} n={}", self.system, self.asked)
    }
}

/// One line for each row, and below it why some ended early.
pub(super) fn table(rows: &[Row]) -> String {
    let header = [
        "threads that wait",
        "asked",
        "held",
        "bytes each",
        "resident",
        "page tables",
        "mappings",
        "build s",
        "wake s",
    ];
    let lines: Vec<Vec<String>> = rows.iter().map(table_line).collect();
    let mut text = report::table(&header, &lines);
    for row in rows {
        if let Some(limit) = row.limit() {
            text.push_str(&format!("{row}: held {}: {limit}\n", row.held()));
        }
    }
    text
}

fn table_line(row: &Row) -> Vec<String> {
    vec![
        row.system.to_owned(),
        row.asked.to_string(),
        row.held().to_string(),
        report::number(row.bytes_per_thread(), 0),
        report::number(row.resident_per_thread(), 0),
        report::number(row.page_tables_per_thread(), 0),
        row.mappings().to_string(),
        report::number(row.median(|sample| sample.build), 2),
        report::number(row.median(|sample| sample.wake), 2),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::million::memory::Memory;

    fn row() -> Row {
        let sample = Sample {
            held: 10,
            memory: Memory { resident: 40_960, page_tables: 1440 },
            mappings: 31,
            build: 0.5,
            wake: 0.25,
            limit: None,
        };
        Row { system: "coro", asked: 10, samples: vec![sample] }
    }

    #[test]
    fn a_json_row_has_the_agreed_keys() {
        let expected = r#"{"bench": "million", "system": "coro", "n": 10, "bytes_per_thread": 4240.000, "mappings": 31, "build_s": 0.500, "wake_s": 0.250, "#;
        assert!(row().to_json().starts_with(expected), "{}", row().to_json());
    }

    #[test]
    fn a_row_is_one_line_meanwhile() {
        let mut early = row();
        early.samples[0].limit = Some("no more stacks".to_owned());
        early.samples[0].wake = f64::NAN;
        assert_eq!(
            [row().so_far(), early.so_far()],
            [
                "coro n=10: held 10, 4240 bytes each, build 0.50 s, wake 0.25 s",
                "coro n=10: held 10, 4240 bytes each, build 0.50 s, wake - s: no more stacks",
            ]
        );
    }

    #[test]
    fn the_table_tells_why_one_ended_early() {
        let mut early = row();
        early.asked = 20;
        early.samples[0].limit = Some("no more stacks".to_owned());
        early.samples[0].wake = f64::NAN;
        let text = table(&[row(), early]);
        let cells: Vec<_> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells, ["coro", "10", "10", "4240", "4096", "144", "31", "0.50", "0.25"]);
        assert!(text.lines().nth(2).unwrap().ends_with("  -"), "{text}");
        assert!(text.ends_with("coro n=20: held 10: no more stacks\n"), "{text}");
    }
}
