//! From samples to rows: medians over the rounds, the table, the JSON.

use std::fmt;
use std::time::Duration;

use super::cpu::Usage;
use crate::json::{self, Value};
use crate::{report, stats};

/// What one round measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) requests: usize,
    pub(super) elapsed: Duration,
    pub(super) used: Usage,
}

impl Sample {
    fn requests_per_s(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    fn cpu_us_per_request(&self) -> f64 {
        self.used.total_ns as f64 / 1000.0 / self.requests as f64
    }
}

/// One system under one load.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) system: &'static str,
    pub(super) connections: usize,
    pub(super) message_size: usize,
    pub(super) samples: Vec<Sample>,
    /// NaN where no counter is available.
    pub(super) syscalls_per_request: f64,
}

impl Row {
    pub(super) fn new(system: &'static str, connections: usize, message_size: usize) -> Self {
        Self {
            system,
            connections,
            message_size,
            samples: Vec::new(),
            syscalls_per_request: f64::NAN,
        }
    }

    fn requests_per_s(&self) -> f64 {
        stats::median(&self.all(Sample::requests_per_s))
    }

    fn cpu_us_per_request(&self) -> f64 {
        stats::median(&self.all(Sample::cpu_us_per_request))
    }

    /// The share of user time is taken over all rounds together: the kernel samples it, and one round has few samples.
    fn user_us_per_request(&self) -> f64 {
        let user: u64 = self.samples.iter().map(|sample| sample.used.user_ticks).sum();
        let system: u64 = self.samples.iter().map(|sample| sample.used.system_ticks).sum();
        self.cpu_us_per_request() * user as f64 / (user + system) as f64
    }

    fn all(&self, figure: impl Fn(&Sample) -> f64) -> Vec<f64> {
        self.samples.iter().map(figure).collect()
    }

    pub(super) fn to_json(&self) -> String {
        json::object(&[
            ("bench", Value::Text("echo")),
            ("system", Value::Text(self.system)),
            ("connections", Value::Count(self.connections)),
            ("message_size", Value::Count(self.message_size)),
            ("requests_per_s", Value::Number(self.requests_per_s())),
            ("cpu_us_per_request", Value::Number(self.cpu_us_per_request())),
            ("user_us_per_request", Value::Number(self.user_us_per_request())),
            ("syscalls_per_request", Value::Number(self.syscalls_per_request)),
        ])
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {} connections of {} bytes",
            self.system, self.connections, self.message_size
        )
    }
}

const HEADER: [&str; 9] = [
    "echo server",
    "connections",
    "bytes",
    "requests/s",
    "CPU us/request",
    "user us/request",
    "syscalls/request",
    "CPU to epoll",
    "spread",
];

/// One line a row, with the ratio of its processor time to that of the epoll server under the same load.
pub(super) fn table(rows: &[Row]) -> String {
    let lines: Vec<_> = rows.iter().map(|row| line(row, rows)).collect();
    report::table(&HEADER, &lines)
}

fn line(row: &Row, rows: &[Row]) -> Vec<String> {
    let is_floor = |other: &&Row| other.system == "epoll" && other.connections == row.connections;
    let floor = rows
        .iter()
        .find(is_floor)
        .map_or(Vec::new(), |floor| floor.all(Sample::cpu_us_per_request));
    let cpu = row.all(Sample::cpu_us_per_request);
    vec![
        row.system.to_owned(),
        row.connections.to_string(),
        row.message_size.to_string(),
        report::number(row.requests_per_s(), 0),
        report::number(row.cpu_us_per_request(), 2),
        report::number(row.user_us_per_request(), 2),
        report::number(row.syscalls_per_request, 2),
        report::number(stats::paired_ratio(&cpu, &floor), 3),
        format!("±{:.0} %", stats::spread(&cpu) * 100.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(system: &'static str, total_ns: u64) -> Row {
        let used = Usage { total_ns, user_ticks: 1, system_ticks: 3 };
        let sample = Sample { requests: 1000, elapsed: Duration::from_millis(500), used };
        Row { samples: vec![sample; 3], ..Row::new(system, 10, 64) }
    }

    #[test]
    fn a_json_row_has_the_agreed_keys() {
        assert_eq!(
            row("coro", 4_000_000).to_json(),
            "{\"bench\": \"echo\", \"system\": \"coro\", \"connections\": 10, \"message_size\": 64, \
             \"requests_per_s\": 2000.000, \"cpu_us_per_request\": 4.000, \"user_us_per_request\": 1.000, \
             \"syscalls_per_request\": null}"
        );
    }

    #[test]
    fn processor_time_is_compared_with_the_epoll_server() {
        let text = table(&[row("coro", 5_000_000), row("epoll", 4_000_000)]);
        assert!(text.lines().nth(1).unwrap().contains("1.250"), "{text}");
    }
}
