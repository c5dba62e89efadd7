#[coro::thread(name = 3, stack_size = "64k", crate = "coro")]
fn work() {}

#[coro::test(start_paused = 1, seed = "x", timeout = 0)]
fn check() {}

fn main() {
    coro::run(|| work().call());
}
