const SIZE: u64 = 65536;

#[coro::thread(stack_size = SIZE)]
fn work() {}

fn main() {
    coro::run(|| work().call());
}
