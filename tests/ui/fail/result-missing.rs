#[coro::thread]
fn work(count: usize) -> usize {
    count + 1;
}

fn main() {
    coro::run(|| work(1).call());
}
