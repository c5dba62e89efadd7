#[coro::thread(nmae = "worker", stacksize = 65536)]
fn work() {}

#[coro::test(paused, limit = 5)]
fn check() {}

fn main() {
    coro::run(|| work().call());
}
