#[coro::thread(name == "worker", stack_size => 65536)]
fn work() {}

#[coro::thread(name = "worker"; stack_size = 65536)]
fn rest() {}

fn main() { coro::run(|| { work().spawn(); rest().spawn(); }); }
