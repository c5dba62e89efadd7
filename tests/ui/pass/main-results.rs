use std::{convert::Infallible, error::Error, fmt, process::{ExitCode, Termination}};
struct Own;
impl Termination for Own { fn report(self) -> ExitCode { ExitCode::SUCCESS } }
#[coro::main] fn error() -> Result<(), fmt::Error> { "3".parse::<u8>().map_err(|_| fmt::Error)?; Ok(()) }
#[coro::main] fn own() -> Own { Own }
#[coro::main] fn hidden() -> impl Termination { Own }
#[coro::main] fn nested() -> Result<Result<Own, Box<dyn Error>>, Infallible> { Ok(Ok(Own)) }
#[coro::main] fn never() -> ! { std::process::exit(0) }
fn main() {
    let codes = [own().report(), hidden().report(), nested().report(), error().report()];
    if codes.iter().all(|code| *code == ExitCode::SUCCESS) { never() }
    std::process::exit(1)
}
