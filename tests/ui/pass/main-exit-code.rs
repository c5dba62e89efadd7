use std::process::ExitCode;

#[coro::main(name = "boss", stack_size = 32 * 1024)]
fn main() -> ExitCode {
    match coro::thread::spawn(|| 3).join() {
        Ok(3) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
