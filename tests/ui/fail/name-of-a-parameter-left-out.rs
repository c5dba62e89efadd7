#[coro::thread(name = "worker {shard}")]
fn work(#[cfg(any())] shard: u32) {}

fn main() {
    coro::run(|| work().call());
}
