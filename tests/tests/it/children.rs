//! What keeps a test from hanging: children that are killed in time, and the watchdog of the programs.

use std::io::{self, BufRead, BufReader, Write, pipe};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use coro_tests::children::{LIMIT, Running, output, output_within};
use coro_tests::watchdog::Watchdog;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_process, test_kill_process};

use crate::support::{HOUR, MILLISECOND, child};

/// Shorter than an hour, and longer than it takes to start a child and to read a line of it.
const SHORT: Duration = Duration::from_secs(5);

/// Longer than it takes to tell the watchdog of the next step, or a shell to start another process.
const SECOND: Duration = Duration::from_secs(1);

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Waits until whoever could read from it is gone.
fn await_heirs(pipe: impl AsFd) {
    let limit = Timespec::try_from(LIMIT).unwrap();
    let ready = poll(&mut [PollFd::new(&pipe, PollFlags::empty())], Some(&limit)).unwrap();
    assert!(ready > 0, "somebody holds the other end after {LIMIT:?}");
}

/// Starts a shell that leaves the other end of the pipe to all that it starts.
fn with_heirs(limit: Duration, script: &str) -> (Running, ChildStdin) {
    let mut command = shell(&format!("exec 3<&0; {script}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = Running::start_within(limit, &mut command);
    let pipe = child.stdin();
    (child, pipe)
}

#[test]
fn what_one_says_is_collected() {
    let output = output(&mut shell("cat; echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
}

#[test]
fn more_than_pipes_hold_is_collected() {
    let script = "head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2";
    let output = output(&mut shell(script)).unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (300_000, 200_000));
}

#[test]
fn one_that_hangs_is_killed_and_what_it_has_said_is_told() {
    let hung = output_within(SHORT, &mut shell("echo out; echo err >&2; exec sleep 3600"));
    let told = hung.unwrap_err().to_string();
    assert_eq!(told, r#"it has not ended after 5s, having said "out\n" and "err\n""#);
}

#[test]
fn one_whose_output_stays_open_is_told() {
    let (child, pipe) = with_heirs(SHORT, "echo out; sleep 3600 &");
    let told = child.output().unwrap_err().to_string();
    let expected = "it has ended, but something keeps its output open after 5s, having said \"out\\n\" and \"\"";
    assert_eq!(told, expected);
    await_heirs(pipe);
}

#[test]
fn what_one_that_hangs_has_started_is_killed_too() {
    let (child, pipe) = with_heirs(SECOND, "sleep 3600 & sleep 3600");
    child.output().unwrap_err();
    await_heirs(pipe);
}

#[test]
fn what_one_that_is_dropped_has_started_is_killed_too() {
    let (mut child, pipe) = with_heirs(LIMIT, "sleep 3600 & echo begun; sleep 3600");
    BufReader::new(child.stdout()).read_line(&mut String::new()).unwrap();
    drop(child);
    await_heirs(pipe);
}

#[test]
fn a_pause_of_the_machine_does_not_count() {
    let body = || {
        let mut command = Command::new("cat");
        let mut cat = Running::start_within(SHORT, command.stdin(Stdio::piped()));
        let input = cat.stdin();
        writeln!(io::stderr(), "begun").unwrap();
        io::stdin().read_line(&mut String::new()).unwrap();
        drop(input);
        assert!(cat.wait().success());
    };
    let set = |command: &mut Command| {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    };
    let mut child = child::start(body, std::any::type_name_of_val(&body), set);
    let (mut input, mut said) = (child.stdin(), BufReader::new(child.stderr()));
    said.read_line(&mut String::new()).unwrap();
    kill_process(child.pid(), Signal::STOP).unwrap();
    thread::sleep(SHORT + SECOND);
    kill_process(child.pid(), Signal::CONT).unwrap();
    input.write_all(b"go on\n").unwrap();
    assert!(child.wait().success());
    assert_eq!(io::read_to_string(said).unwrap(), "");
}

/// Gives a process a standard error that nobody reads.
fn unheard(command: &mut Command) {
    let (_, writer) = pipe().unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer);
}

#[test]
fn one_that_hangs_is_killed_unheard() {
    let body = || {
        let hung = output_within(MILLISECOND, &mut shell("exec sleep 3600")).unwrap_err();
        assert_eq!(hung.output.status.signal(), Some(9));
    };
    assert!(child::start(body, std::any::type_name_of_val(&body), unheard).wait().success());
}

#[test]
fn the_watchdog_ends_what_hangs_unheard() {
    let body = || {
        let watchdog = Watchdog::with_patience(SECOND, |_| String::new());
        watchdog.begin("seed", 1);
        thread::sleep(HOUR);
    };
    let ended = child::start(body, std::any::type_name_of_val(&body), unheard).wait();
    assert_eq!(ended.signal(), Some(6));
}

#[test]
fn the_watchdog_ends_what_hangs_with_the_lock_of_standard_error() {
    let ended = child::run(|| {
        let watchdog = Watchdog::with_patience(SECOND, |_| String::new());
        watchdog.begin("seed", 1);
        let _held = io::stderr().lock();
        thread::sleep(HOUR);
    });
    ended.expect_abort_saying(&[]);
}

#[test]
fn whoever_reads_from_one_that_hangs_comes_to_an_end() {
    let mut command = Command::new("cat");
    let mut cat =
        Running::start_within(MILLISECOND, command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let input = cat.stdin();
    assert_eq!(io::read_to_string(cat.stdout()).unwrap(), "");
    drop(input);
    let panic = thread::spawn(move || cat.wait()).join().unwrap_err();
    let text = panic.downcast::<String>().unwrap();
    assert_eq!(*text, "a process was killed, for it had not ended after 1ms");
}

#[test]
fn one_that_is_dropped_is_gone() {
    let child = Running::start(&mut shell("exec sleep 3600"));
    let pid = child.pid();
    assert!(!child.has_ended() && test_kill_process(pid).is_ok());
    drop(child);
    assert_eq!(test_kill_process(pid), Err(Errno::SRCH));
}

#[test]
fn the_watchdog_tells_where_a_program_hangs() {
    let ended = child::run(|| {
        let watchdog = Watchdog::with_patience(SECOND, |seed| format!("again --seed {seed}"));
        watchdog.begin("seed", 1);
        watchdog.begin("seed", 42);
        thread::sleep(HOUR);
    });
    ended.expect_abort_saying(&[
        "\nseed 42 hangs, for there was no other step in 1s; repeat it with: again --seed 42\n",
    ]);
}

#[test]
fn the_watchdog_leaves_alone_who_has_nothing_to_do() {
    child::run(|| {
        let watchdog = Watchdog::with_patience(SECOND, |_| unreachable!("nothing hangs"));
        watchdog.begin("seed", 1);
        watchdog.end();
        thread::sleep(2 * SECOND);
    })
    .expect_silent_success();
}
