//! Without arguments and result.

#[coro::main]
fn main() {
    coro::thread::yield_now();
}
