#[coro::thread(name = "at {x}")]
fn work((x, y): (u32, u32)) -> u32 { x + y }

#[coro::thread(name = "worker {_}")]
fn work_more(_: u32) {}

fn main() {
    coro::run(|| work((1, 2)).call());
    coro::run(|| work_more(1).call());
}
