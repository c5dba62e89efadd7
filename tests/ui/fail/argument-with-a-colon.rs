#[coro::thread(name: "worker", stack_size(65536))]
fn work() {}

#[coro::test(start_paused seeds = 3)]
fn check() {}

fn main() {
    coro::run(|| work().call());
}
