#[coro::main]
#[test]
fn check() {}

fn main() {}
