#[coro::thread(name = "worker",)]
fn work() {}

#[coro::test(start_paused, seed = 0xff_u64, timeout = 1_000,)]
fn check() {}

#[coro::main()]
fn main() { work().call() }
