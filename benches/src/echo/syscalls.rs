//! Counts the system calls that another process makes while something runs.
//!
//! `perf` counts a kernel tracepoint and hardly disturbs the process. `strace` stops it at every call, which leaves more
//! requests for each batch, so it is second choice. Without either, or the right to use them, there is no count.

use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::{Child, Command, Stdio};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process};

use crate::Result;

const TRACEPOINT: &str = "raw_syscalls:sys_enter";

/// Runs `work` and returns the calls that `process` made meanwhile, or `None` where nothing can count them.
pub(super) fn count(process: u32, work: impl FnOnce() -> io::Result<()>) -> Result<Option<usize>> {
    if let Some(perf) = Perf::attach(process) {
        work()?;
        return Ok(perf.finish());
    }
    let Some(strace) = Strace::attach(process) else {
        return Ok(None);
    };
    work()?;
    Ok(strace.finish())
}

/// `perf stat`, told over a pair of pipes when to count, so that its own start and end do not matter.
struct Perf {
    child: Child,
    control: OwnedFd,
    answers: OwnedFd,
}

impl Perf {
    fn attach(process: u32) -> Option<Self> {
        let (commands, control) = pipe_with(PipeFlags::CLOEXEC).ok()?;
        let (answers, replies) = pipe_with(PipeFlags::CLOEXEC).ok()?;
        for inherited in [&commands, &replies] {
            fcntl_setfd(inherited, FdFlags::empty()).ok()?;
        }
        let child = Command::new("perf")
            .args(["stat", "--delay", "-1", "--field-separator", ",", "--event", TRACEPOINT])
            .arg(format!("--control=fd:{},{}", commands.as_raw_fd(), replies.as_raw_fd()))
            .arg(format!("--pid={process}"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        // With the child's ends closed here, a perf that ends early ends the wait for its answer as well.
        drop((commands, replies));
        let mut perf = Self { child, control, answers };
        if perf.tell("enable\n") { Some(perf) } else { perf.abandon() }
    }

    /// Gives one command and waits for the acknowledgement; false if perf has gone.
    fn tell(&mut self, command: &str) -> bool {
        let mut answer = [0; 16];
        rustix::io::write(&self.control, command.as_bytes()).is_ok()
            && rustix::io::read(&self.answers, &mut answer).is_ok_and(|count| count > 0)
    }

    fn abandon(mut self) -> Option<Self> {
        drop(self.child.kill());
        drop(self.child.wait());
        None
    }

    fn finish(mut self) -> Option<usize> {
        self.tell("disable\n");
        perf_count(&interrupt(self.child)?)
    }
}

/// `strace -c`, which says when it has attached.
struct Strace {
    child: Child,
}

impl Strace {
    fn attach(process: u32) -> Option<Self> {
        let mut child = Command::new("strace")
            .args(["-f", "-c", "-p", &process.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut line = String::new();
        let mut stderr = BufReader::with_capacity(1, child.stderr.take()?);
        stderr.read_line(&mut line).ok()?;
        child.stderr = Some(stderr.into_inner());
        if line.contains("attached") {
            return Some(Self { child });
        }
        drop(child.wait());
        None
    }

    fn finish(self) -> Option<usize> {
        strace_count(&interrupt(self.child)?)
    }
}

/// Ends a counter as Ctrl-C would and returns what it wrote.
fn interrupt(mut child: Child) -> Option<String> {
    kill_process(Pid::from_child(&child), Signal::INT).ok()?;
    let mut report = String::new();
    child.stderr.take()?.read_to_string(&mut report).ok()?;
    child.wait().ok()?;
    Some(report)
}

/// Takes the count from `123,,raw_syscalls:sys_enter,…`.
fn perf_count(report: &str) -> Option<usize> {
    let line = report.lines().find(|line| line.contains(TRACEPOINT))?;
    line.split(',').next()?.parse().ok()
}

/// Takes the count from strace's last line, `100.00    0.5    2    123    [errors] total`.
fn strace_count(report: &str) -> Option<usize> {
    let line = report.lines().find(|line| line.trim_end().ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_perf_is_found() {
        assert_eq!(perf_count("# started\n1234,,raw_syscalls:sys_enter,99,100.00,,\n"), Some(1234));
        assert_eq!(perf_count("<not supported>,,raw_syscalls:sys_enter,0,100.00,,\n"), None);
    }

    #[test]
    fn the_count_of_strace_is_found() {
        let report = "% time     seconds  usecs/call     calls    errors syscall\n\
                      50.00    0.000100           1       100           read\n\
                      100.00    0.000200           1       200        10 total\n";
        assert_eq!(strace_count(report), Some(200));
    }
}
