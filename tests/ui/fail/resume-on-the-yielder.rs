#[coro::thread]
fn total(#[resume] cx: &coro::Yielder<f64, f64>, first: f64) -> f64 {
    cx.suspend(first)
}

fn main() { coro::run(|| total().spawn().resume(1.0).is_ok()); }
