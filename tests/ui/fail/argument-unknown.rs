#[coro::thread(stack = 4096)]
fn work() {}

#[coro::main(threads = 4)]
fn main() {
    work().spawn();
}
