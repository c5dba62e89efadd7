#[coro::thread]
fn work(count: usize) {
    count
}

fn main() {
    coro::run(|| work(1).call());
}
