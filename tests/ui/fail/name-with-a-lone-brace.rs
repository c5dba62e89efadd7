#[coro::thread(name = "worker {id")]
fn work(id: u32) {}

#[coro::thread(name = "worker id}")]
fn work_more(id: u32) {}

fn main() {
    coro::run(|| work(1).call());
    coro::run(|| work_more(1).call());
}
