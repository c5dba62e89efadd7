#[coro::thread]
pub extern "C" fn work(count: usize, _: ...) {}

fn main() {
    coro::run(|| work(1).call());
}
