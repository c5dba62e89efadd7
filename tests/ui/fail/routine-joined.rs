#[coro::thread]
fn work(count: usize) -> usize { count }

fn main() {
    coro::run(|| assert_eq!(work(1).join().unwrap(), 1));
}
