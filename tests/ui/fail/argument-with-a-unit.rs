#[coro::thread(stack_size = 64KiB)]
fn work() {}

#[coro::test(timeout = 5s, seeds = 10 runs)]
fn check() {}

fn main() {
    coro::run(|| work().call());
}
