#[coro::thread(name = "first", name = "second")]
fn work() {}

fn main() {
    coro::run(|| work().call());
}
