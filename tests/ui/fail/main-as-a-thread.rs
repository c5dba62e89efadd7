#[coro::thread]
fn main() {
    coro::thread::yield_now();
}
