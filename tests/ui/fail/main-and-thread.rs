#[coro::main]
#[coro::thread]
fn main() {}
