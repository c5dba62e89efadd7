#[coro::thread]
const fn work() {}

fn main() {
    coro::run(|| work().call());
}
