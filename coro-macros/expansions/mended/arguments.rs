//! Wrong arguments do not touch the function; the right ones among them count.

#[coro::thread(stack = 3, name = "worker", name = "again")]
fn work() {}

#[coro::main(x)]
fn main() {
    work().call();
}

#[coro::test(seed = 1, seeds = 2, timeout = 0)]
fn it_works() {}
