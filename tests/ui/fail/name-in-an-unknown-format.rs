#[coro::thread(name = "worker {id:y}")]
fn work(id: u32) {}

fn main() {
    coro::run(|| work(1).call());
}
