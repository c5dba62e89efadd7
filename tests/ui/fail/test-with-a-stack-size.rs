#[coro::test(stack_size = 65536)]
fn check() {}

fn main() {}
