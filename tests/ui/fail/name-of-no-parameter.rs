#[coro::thread(name = "worker {idd} of {pool}")]
fn work(id: u32, pool_name: &str) {}

#[coro::thread(name = "{worker}")]
fn work_alone() {}

fn main() {
    coro::run(|| work(1, "a").call());
    coro::run(|| work_alone().call());
}
