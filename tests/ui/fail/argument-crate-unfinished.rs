#[coro::thread(crate = coro::)]
fn work() {}

#[coro::thread(crate)]
fn work_more() {}

#[coro::main(crate = "coro")]
fn main() {
    work().call();
    work_more().call();
}
