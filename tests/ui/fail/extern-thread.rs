#[coro::thread]
pub extern "C" fn work() {}

fn main() {
    coro::run(|| work().call());
}
