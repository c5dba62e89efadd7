#[coro::thread]
fn work(count: usize) -> usize { count }

fn main() {
    coro::run(|| coro::thread::spawn(work(1)));
}
