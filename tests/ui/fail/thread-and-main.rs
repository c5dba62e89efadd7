#[coro::thread]
#[coro::main]
fn main() {}
