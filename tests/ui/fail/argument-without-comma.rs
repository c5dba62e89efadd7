#[coro::thread(name = "worker" stack_size = 65536)]
fn work() {}

fn main() {
    coro::run(|| work().call());
}
