#![deny(dead_code)]

#[coro::thread]
fn nobody_calls_it(text: String) -> String {
    text
}

fn main() {}
