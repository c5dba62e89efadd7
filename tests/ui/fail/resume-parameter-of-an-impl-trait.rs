#[coro::thread]
fn total(cx: &coro::Yielder<f64, f64>, #[resume] first: impl Into<f64>) -> f64 {
    cx.suspend(first.into())
}

fn main() { coro::run(|| total().spawn().resume(1.0).is_ok()); }
