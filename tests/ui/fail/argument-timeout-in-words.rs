#[coro::test(timeout = "5s")]
fn check() {}

#[coro::test(timeout = std::time::Duration::from_secs(5))]
fn check_more() {}

fn main() {}
