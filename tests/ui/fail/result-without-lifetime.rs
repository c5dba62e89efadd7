#[coro::thread]
fn work(first: &str, second: &str) -> &str {
    if first.is_empty() { second } else { first }
}

fn main() {
    coro::run(|| work("a", "b").call());
}
