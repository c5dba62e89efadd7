//! The row of Go: goroutines, each waiting for a channel of its own. The program is compiled if there is a `go`.

use std::path::PathBuf;
use std::process::{self, Command};
use std::{env, fs};

use crate::Result;

const SOURCE: &str = include_str!("../../go/million.go");

/// The compiled program, in a folder that goes with it.
#[derive(Debug)]
pub(super) struct Program {
    folder: PathBuf,
}

/// Compiles the program; says why if there is no `go` that can.
///
/// # Errors
/// The folder for it cannot be made.
pub(super) fn build() -> Result<std::result::Result<Option<Program>, String>> {
    let folder = env::temp_dir().join(format!("coro-bench-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let program = Program { folder };
    fs::write(program.folder.join("million.go"), SOURCE)?;
    // Of one file, without a module: nothing is looked up anywhere.
    let build = Command::new("go")
        .args(["build", "-o", "million", "million.go"])
        .current_dir(&program.folder)
        .env("GO111MODULE", "off")
        .env("GOCACHE", program.folder.join("cache"))
        .output();
    Ok(match build {
        Err(error) => Err(format!("there is no go command that runs: {error}")),
        Ok(output) if !output.status.success() => {
            Err(format!("go build: {}", String::from_utf8_lossy(&output.stderr).trim()))
        }
        Ok(_) => Ok(Some(program)),
    })
}

impl Program {
    pub(super) fn command(&self, threads: usize) -> Command {
        let mut command = Command::new(self.folder.join("million"));
        command.arg(threads.to_string());
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A folder for temporary files is emptied by others, too.
        drop(fs::remove_dir_all(&self.folder));
    }
}
