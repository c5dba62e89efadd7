#[coro::thread("worker")]
fn work() {}

fn main() {
    coro::run(|| work().call());
}
