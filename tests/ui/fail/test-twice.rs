#[coro::test]
#[test]
fn check() {}

fn main() {}
