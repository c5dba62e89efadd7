#[coro::thread(stack_size = 64)]
fn work() {}

#[coro::test(seeds = 0)]
fn check() {}

fn main() {
    coro::run(|| work().call());
}
