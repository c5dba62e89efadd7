#[coro::thread]
fn first(text: &'a str, other: &str) -> usize { text.len() + other.len() }

fn main() { coro::run(|| first("abc", "d").call()); }
