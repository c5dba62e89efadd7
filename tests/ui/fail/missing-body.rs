#[coro::thread]
fn work() -> u8;

fn main() { coro::run(|| work().call()); }
