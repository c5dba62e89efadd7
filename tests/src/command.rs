//! The command line of the programs in `bin`: help, mistakes and their exit codes.

use std::process::ExitCode;

use lexopt::{Error, Parser};

/// The arguments of this process, as `parse` reads them; it gives none if help was asked for.
///
/// # Errors
/// The exit code with which the process is to end, as `parse` gave no arguments: 0 when help was asked for and printed,
/// 2 when a mistake was told.
pub fn read<A>(
    parse: impl FnOnce(Parser) -> Result<Option<A>, Error>,
    usage: &str,
    help: &str,
) -> Result<A, ExitCode> {
    match parse(Parser::from_env()) {
        Ok(Some(args)) => Ok(args),
        Ok(None) => {
            println!("{usage}\n{help}");
            Err(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("{error}\n{usage}");
            Err(ExitCode::from(2))
        }
    }
}
