//! A test returns what any test may: a code, what has no name, a result in a result; a type like `!` stands for `!`.

use std::process::ExitCode;

#[coro::test]
fn a_code() -> ExitCode {
    ExitCode::SUCCESS
}

#[coro::test]
fn unnamed() -> impl std::process::Termination {}

#[coro::test]
fn a_result_in_a_result() -> Result<Result<(), String>, std::num::ParseIntError> {
    "3".parse::<u8>()?;
    Ok(Ok(()))
}

/// It could only end the process of the test runner, which compiles without it.
#[cfg(not(test))]
mod apart {
    #[coro::test]
    fn never() -> ! {
        std::process::exit(0)
    }
}
