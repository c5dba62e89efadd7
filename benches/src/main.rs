//! Measures coro against its peers: tokio, may, and the bare system calls.
//!
//! `micro` times single operations inside one process, `echo` loads one server process after the other with the same
//! client, `compile` times the compiler on annotated functions, `million` holds as many threads as each system can. All
//! run in interleaved rounds and report medians: progress goes to stderr, a table to stdout at the end, and rows to a
//! JSON file if asked for. Only ratios within one run say something: compare nothing across machines.

mod args;
#[cfg(target_os = "linux")]
mod compile;
#[cfg(target_os = "linux")]
mod echo;
mod json;
mod may_peer;
mod micro;
#[cfg(target_os = "linux")]
mod million;
mod report;
mod stats;

use std::error::Error;
use std::process::ExitCode;

use args::Command;

/// Whatever goes wrong ends the run with one line on stderr.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)).and_then(execute) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coro-bench: {error}");
            ExitCode::from(2)
        }
    }
}

fn execute(command: Command) -> Result<()> {
    match command {
        Command::Help => print!("{}", args::USAGE),
        Command::Micro(plan) => micro::run(&plan)?,
        Command::Row { bench, system, threads, iterations } => {
            micro::run_row(&bench, &system, threads, iterations)?;
        }
        #[cfg(target_os = "linux")]
        Command::Echo(plan, load) => echo::run(&plan, &load)?,
        #[cfg(target_os = "linux")]
        Command::Serve { system, core } => echo::serve(&system, core)?,
        #[cfg(target_os = "linux")]
        Command::Compile(plan, functions) => compile::run(&plan, functions)?,
        #[cfg(target_os = "linux")]
        Command::Million(plan, held) => million::run(&plan, &held)?,
        #[cfg(target_os = "linux")]
        Command::Hold { system, threads } => million::hold(&system, threads)?,
        #[cfg(not(target_os = "linux"))]
        Command::Echo(..)
        | Command::Serve { .. }
        | Command::Compile(..)
        | Command::Million(..)
        | Command::Hold { .. } => {
            return Err("echo, compile and million read /proc and need Linux: use micro".into());
        }
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The rounds are so many that a bench which measured first would not come back.
    #[test]
    fn files_are_opened_before_anything_is_measured() {
        for (bench, option) in [
            ("micro", "--json"),
            ("echo", "--json"),
            ("compile", "--json"),
            ("million", "--json"),
            ("million", "--plot"),
        ] {
            let path = "/proc/nothing/rows";
            let line = [bench, "--rounds", "100000", option, path].map(Into::into);
            let error = args::parse(line).and_then(execute).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{option} cannot write {path}: ")), "{error}");
        }
    }
}
