use coro as threads;

#[coro::thread]
#[coro::thread]
fn work() {}

#[threads::thread(crate = threads)]
#[threads::main(crate = threads)]
fn main() { work().spawn(); }
