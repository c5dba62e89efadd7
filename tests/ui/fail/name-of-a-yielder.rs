use coro::Yielder;

#[coro::thread(name = "{cx:p} {first}")]
fn work(cx: &Yielder<u32, u32>, #[resume] first: u32) {
    cx.suspend(first);
}

fn main() {
    coro::run(|| drop(work().spawn()));
}
