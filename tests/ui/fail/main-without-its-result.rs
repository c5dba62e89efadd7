#[coro::main]
fn main() -> std::process::ExitCode {
    coro::thread::yield_now();
}
