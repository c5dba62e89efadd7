#[coro::test(seed = 1, seeds = 2)]
fn check() {}

fn main() {}
