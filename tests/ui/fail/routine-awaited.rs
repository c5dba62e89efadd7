#[coro::thread]
fn work(count: usize) -> usize { count }

fn main() {
    coro::run(|| coro::future::block_on(async { work(1).await }));
}
