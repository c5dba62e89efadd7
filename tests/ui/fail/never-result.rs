#[coro::thread]
fn work() -> ! {
    loop {
        coro::thread::park();
    }
}

fn main() {
    coro::run(|| work().call());
}
