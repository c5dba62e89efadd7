#[coro::thread(name, stack_size)]
fn work() {}

#[coro::thread(name("worker"))]
fn work_more() {}

fn main() {
    coro::run(|| work().call());
    coro::run(|| work_more().call());
}
