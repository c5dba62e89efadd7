#[coro::thread]
fn work(count: usize) -> usize { count }

fn count() -> usize { work(1) }

fn main() {
    coro::run(|| assert_eq!(count(), work(1).call()));
}
