//! What ends a process, changes it as a whole, or is seen only from outside runs in a child: the same test again.
//!
//! A child that hangs is killed, and the test fails: see `coro_tests::children`.

use std::process::{Command, Output};

use coro_tests::children::{self, Running};

/// Tells a test that it is the child, by its own name.
const VARIABLE: &str = "CORO_IT_CHILD";

/// How the child ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) success: bool,
    /// The signal that ended it.
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `body` in a child process and says how that ended.
///
/// `body` must be a closure written in the test function itself, for its type names the test.
#[track_caller]
pub(crate) fn run<F: FnOnce()>(body: F) -> Ended {
    let test = name_of_test(std::any::type_name::<F>());
    become_child(test, body);
    run_other(test, &[])
}

/// As [`run`], with more environment variables.
#[track_caller]
pub(crate) fn run_with<F: FnOnce()>(variables: &[(&str, &str)], body: F) -> Ended {
    let test = name_of_test(std::any::type_name::<F>());
    become_child(test, body);
    run_other(test, variables)
}

/// Starts a child process that runs `body`, with whatever `set` gives it for its standard streams.
///
/// `closure` is the name of the type of a closure written in the test function itself.
#[track_caller]
pub(crate) fn start(body: impl FnOnce(), closure: &str, set: impl FnOnce(&mut Command)) -> Running {
    let test = name_of_test(closure);
    become_child(test, body);
    let mut command = command(test);
    set(&mut command);
    Running::start(&mut command)
}

/// In the child of this test: runs `body` and ends.
fn become_child(test: &str, body: impl FnOnce()) {
    if std::env::var(VARIABLE).is_ok_and(|name| name == test) {
        children::end_with_parent();
        body();
        std::process::exit(0);
    }
}

fn command(test: &str) -> Command {
    let program = std::env::current_exe().expect("a test knows its program");
    let mut command = Command::new(program);
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, test)
        .env_remove("RUST_BACKTRACE");
    command
}

/// Runs the child of the named test, with more environment variables.
#[track_caller]
pub(crate) fn run_other(test: &str, variables: &[(&str, &str)]) -> Ended {
    let output = children::output(command(test).envs(variables.iter().copied()));
    let ended = Ended::new(output.unwrap_or_else(|hung| panic!("the child of {test}: {hung}")));
    let ran = ended.stdout.contains("running 1 test");
    assert!(ran, "there is no test {test}: {ended:?}");
    ended
}

/// The path of a test as the test runner knows it, from the name of the type of a closure in it.
fn name_of_test(closure: &str) -> &str {
    let (_, path) = closure.split_once("::").expect("a test lies in a module");
    path.split("::{{closure}}").next().unwrap_or(path)
}

impl Ended {
    fn new(output: Output) -> Ended {
        use std::os::unix::process::ExitStatusExt;
        Ended {
            success: output.status.success(),
            signal: output.status.signal(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks that the child ended well and wrote nothing to standard error.
    #[track_caller]
    pub(crate) fn expect_silent_success(&self) {
        assert!(self.success && self.stderr.is_empty(), "{self:#?}");
    }

    /// Checks that the child ended well.
    #[track_caller]
    pub(crate) fn expect_success(&self) {
        assert!(self.success, "{self:#?}");
    }

    /// Checks that the child aborted, and wrote each of `parts` to standard error.
    #[track_caller]
    pub(crate) fn expect_abort_saying(&self, parts: &[&str]) {
        assert_eq!(self.signal, Some(6), "{self:#?}");
        self.expect_said(parts);
    }

    /// Checks that the child wrote each of `parts` to standard error.
    #[track_caller]
    pub(crate) fn expect_said(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in {self:#?}");
        }
    }
}
