use coro::Yielder;

#[coro::thread]
fn total(cx: &Yielder<f64, f64>, #[resume] first: f64, #[resume] second: f64) -> f64 {
    cx.suspend(first) + second
}

fn main() { coro::run(|| total().spawn().resume(1.0).is_ok()); }
