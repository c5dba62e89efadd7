#[coro::thread(name = "worker {id.0}")]
fn work(id: (u32, u32)) {}

#[coro::thread(name = "worker {r#type}")]
fn work_more(r#type: u32) {}

fn main() {
    coro::run(|| work((1, 2)).call());
    coro::run(|| work_more(1).call());
}
