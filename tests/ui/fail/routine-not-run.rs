#![deny(unused_must_use)]

#[coro::thread]
fn work() {}

fn main() {
    coro::run(|| {
        work();
    });
}
