use coro::Yielder;

#[coro::thread]
fn total(cx: &Yielder<f64>, #[resume] first: f64) -> f64 {
    cx.suspend(first)
}

fn main() { coro::run(|| total().spawn().resume(1.0).is_ok()); }
