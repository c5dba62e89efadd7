//! Other processes, which are waited for, but not for ever.
//!
//! Beside each process there is an OS thread that kills it when it takes too long. Whoever reads its output finds the end
//! of it then, and whoever waits for its own end is told. The process is not reaped before that OS thread has ended, so
//! its number is nobody else's when it is killed.
//!
//! Each process leads a group of its own, and the group is killed: what it has started ends with it, unless that has a group
//! of its own too, as what is started by these functions has. The keys of a terminal that interrupt the parent do not reach
//! such a group, so children that are this program again say that they [end with their parent](end_with_parent).

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Output};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::io::retry_on_intr;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group,
    set_parent_process_death_signal, waitid,
};

use crate::watchdog::LOOKS;

/// How long a process may take: much longer than any does on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Has this process killed when the OS thread that has started it ends, which is to wait for it.
///
/// # Panics
/// Never: the system knows the signal.
pub fn end_with_parent() {
    set_parent_process_death_signal(Some(Signal::KILL)).expect("the system knows the signal");
}

/// Runs a process that may take [`LIMIT`], with no input, and collects what it says.
///
/// # Errors
/// That it hangs.
///
/// # Panics
/// If it cannot be started.
pub fn output(command: &mut Command) -> Result<Output, Hung> {
    output_within(LIMIT, command)
}

/// The same for a process that may take so long.
///
/// # Errors
/// That it hangs.
///
/// # Panics
/// If it cannot be started.
pub fn output_within(limit: Duration, command: &mut Command) -> Result<Output, Hung> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running::start_within(limit, command).output()
}

/// A process that runs, and is killed with its group when it takes too long, or when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    limit: Duration,
    /// Gone when the process has ended.
    killer: Option<Killer>,
}

impl Running {
    /// Starts a process that may take [`LIMIT`].
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Running {
        Running::start_within(LIMIT, command)
    }

    /// Starts a process that may take so long.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start_within(limit: Duration, command: &mut Command) -> Running {
        let child = command.process_group(0).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let killer = Some(Killer::start(Pid::from_child(&child), limit));
        Running { child, limit, killer }
    }

    /// The number of the process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Takes the pipe to its standard input.
    ///
    /// # Panics
    /// If there is none, or it was taken.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("the command asks for a pipe")
    }

    /// Takes the pipe from its standard output.
    ///
    /// # Panics
    /// If there is none, or it was taken.
    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("the command asks for a pipe")
    }

    /// Takes the pipe from its standard error.
    ///
    /// # Panics
    /// If there is none, or it was taken.
    pub fn stderr(&mut self) -> ChildStderr {
        self.child.stderr.take().expect("the command asks for a pipe")
    }

    /// Whether it has ended by now.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.killer.is_none() || self.look(WaitIdOptions::NOHANG)
    }

    /// Closes its input, if that was not taken, and waits for its end.
    ///
    /// # Panics
    /// If it took too long.
    #[must_use]
    pub fn wait(mut self) -> ExitStatus {
        let was_killed = self.end();
        let status = self.reap();
        assert!(!was_killed, "a process was killed, for it had not ended after {:?}", self.limit);
        status
    }

    /// Closes its input, if that was not taken, collects what it says, and waits for its end. Whoever of its group keeps the
    /// output open too long is killed.
    ///
    /// # Errors
    /// That it took too long, or has left its output to a process that keeps it open.
    pub fn output(mut self) -> Result<Output, Hung> {
        let (closed, told) = mpsc::channel();
        let stdout = collect(self.child.stdout.take(), closed.clone());
        let stderr = collect(self.child.stderr.take(), closed);
        let was_killed = self.end();
        let is_open = !ends_within(self.limit, &told);
        if is_open {
            kill(self.pid());
        }
        let status = self.reap();
        let output = Output { status, stdout: stdout.taken(), stderr: stderr.taken() };
        if was_killed || is_open {
            return Err(Hung { limit: self.limit, output });
        }
        Ok(output)
    }

    /// Closes its input, and waits until it has ended; also says whether it was killed for that.
    fn end(&mut self) -> bool {
        drop(self.child.stdin.take());
        self.killer.take().is_some_and(|killer| {
            self.look(WaitIdOptions::empty());
            killer.stop()
        })
    }

    /// Lets go of its number, and of that of its group.
    fn reap(&mut self) -> ExitStatus {
        self.child.wait().expect("a child that was not reaped can be waited for")
    }

    /// Whether it has ended, which it is not to forget.
    fn look(&self, how: WaitIdOptions) -> bool {
        let how = how | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = retry_on_intr(|| waitid(WaitId::Pid(self.pid()), how));
        status.expect("a child that was not reaped can be waited for").is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.killer.is_some() {
            kill(self.pid());
            self.end();
            self.reap();
        }
    }
}

/// The OS thread that kills a process when it takes too long.
#[derive(Debug)]
struct Killer {
    /// Dropped when the process has ended.
    ended: Sender<()>,
    /// Says whether it has killed it.
    thread: JoinHandle<bool>,
}

impl Killer {
    fn start(pid: Pid, limit: Duration) -> Killer {
        let (ended, told) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let hangs = !ends_within(limit, &told);
            if hangs {
                kill(pid);
                // It is as dead if nobody reads that.
                let _ = writeln!(
                    io::stderr(),
                    "process {pid} was killed, for it had not ended after {limit:?}"
                );
            }
            hangs
        });
        Killer { ended, thread }
    }

    /// Whether it has killed the process, which has ended.
    fn stop(self) -> bool {
        drop(self.ended);
        self.thread.join().expect("it does not panic")
    }
}

/// Whether the other ends are dropped in time, which is looked at often: a pause of the whole machine counts as one look.
fn ends_within(limit: Duration, told: &Receiver<()>) -> bool {
    let is_open = |_| told.recv_timeout(limit / LOOKS) == Err(RecvTimeoutError::Timeout);
    !(0..LOOKS).all(is_open)
}

/// Kills a process that was not reaped, and its group.
fn kill(pid: Pid) {
    // It may have left its group, which is none then.
    let _ = kill_process_group(pid, Signal::KILL);
    kill_process(pid, Signal::KILL).expect("a child that was not reaped can be killed");
}

/// What was read so far.
#[derive(Clone, Debug, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a stream on an OS thread of its own, which drops `closed` at the end.
fn collect(stream: Option<impl Read + Send + 'static>, closed: Sender<()>) -> Collected {
    let collected = Collected::default();
    let mut into = collected.clone();
    if let Some(mut stream) = stream {
        thread::spawn(move || {
            // What was read before an error counts.
            let _ = io::copy(&mut stream, &mut into);
            drop(closed);
        });
    }
    collected
}

/// A process that hung.
#[derive(Debug)]
pub struct Hung {
    limit: Duration,
    /// What it had said so far.
    pub output: Output,
}

impl fmt::Display for Hung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hung { limit, output } = self;
        let how = match output.status.code() {
            Some(_) => "has ended, but something keeps its output open",
            None => "has not ended",
        };
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        write!(f, "it {how} after {limit:?}, having said {stdout:?} and {stderr:?}")
    }
}

impl std::error::Error for Hung {}
