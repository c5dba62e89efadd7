//! What whoever started the storm sees of it.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use crate::args::{Args, Kind, replay};
use crate::round::Counts;

/// How often the line on a terminal changes.
const REFRESH: Duration = Duration::from_millis(100);
/// After how many seeds there is a line where no terminal is.
const LINE_EVERY: u64 = 1000;

/// Counts outcomes and tells them.
#[derive(Debug)]
pub(crate) struct Progress {
    kind: Kind,
    total: u64,
    passed: u64,
    failed: u64,
    counts: Counts,
    started: Instant,
    shown: Instant,
    on_terminal: bool,
}

impl Progress {
    pub(crate) fn new(args: &Args) -> Progress {
        let seeds = args.seeds();
        let now = Instant::now();
        Progress {
            kind: args.kind,
            total: seeds.end - seeds.start,
            passed: 0,
            failed: 0,
            counts: Counts::default(),
            started: now,
            shown: now,
            on_terminal: stderr().is_terminal() && !args.trace,
        }
    }

    pub(crate) fn note(&mut self, seed: u64, outcome: Result<Counts, Vec<String>>) {
        match outcome {
            Ok(counts) => {
                self.passed += 1;
                self.counts.threads += counts.threads;
                self.counts.sent += counts.sent;
                self.counts.arrived += counts.arrived;
            }
            Err(failures) => {
                self.failed += 1;
                self.tell_failure(seed, &failures);
            }
        }
        self.show();
    }

    fn tell_failure(&self, seed: u64, failures: &[String]) {
        let start = if self.on_terminal { "\r\x1b[K" } else { "" };
        eprintln!("{start}{} seed {seed} failed:", self.kind);
        for failure in failures {
            eprintln!("  {failure}");
        }
        eprintln!("  replay it with: {}", replay(self.kind, seed));
    }

    fn show(&mut self) {
        let done = self.passed + self.failed;
        if self.on_terminal && (self.shown.elapsed() >= REFRESH || done == self.total) {
            self.shown = Instant::now();
            let end = if done == self.total { "\n" } else { "" };
            eprint!("\r\x1b[K{}{end}", self.line(done));
            // A line that does not get out is no reason to stop.
            let _ = stderr().flush();
        } else if !self.on_terminal && done.is_multiple_of(LINE_EVERY) {
            eprintln!("{}", self.line(done));
        }
    }

    fn line(&self, done: u64) -> String {
        let rate = done as f64 / self.started.elapsed().as_secs_f64();
        let (kind, total, failed) = (self.kind, self.total, self.failed);
        format!("{kind}: {done} of {total} seeds, {failed} failed, {rate:.0} seeds/s")
    }

    pub(crate) fn summary(&self) -> String {
        let Counts { threads, sent, arrived } = self.counts;
        let (kind, seconds) = (self.kind, self.started.elapsed().as_secs_f64());
        format!(
            "{kind}: {threads} threads, {sent} interrupts sent, {arrived} seen to arrive, {seconds:.1} s"
        )
    }

    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    pub(crate) fn verdict(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }
}
