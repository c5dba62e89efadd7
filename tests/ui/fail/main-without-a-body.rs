#[coro::main]
fn main();
