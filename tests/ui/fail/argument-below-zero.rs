#[coro::thread(stack_size = -1)]
fn work() {}

#[coro::test(seed = -7, timeout = -0.5)]
fn check() {}

fn main() {
    coro::run(|| work().call());
}
