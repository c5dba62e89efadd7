//! Of two attributes of coro, the second expands the function, unless the first is the one of an entry.

#[coro::thread]
#[coro::main]
async fn main() {
    coro::thread::yield_now();
}

#[coro::test]
#[coro::thread]
fn both() {}

#[coro::thread]
fn main() {}
