#[coro::thread]
fn work(count: usize) -> String {
    count
}

fn main() {
    coro::run(|| work(1).call());
}
