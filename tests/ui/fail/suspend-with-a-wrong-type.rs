#[coro::thread]
fn total(cx: &coro::Yielder<f64, f64>, #[resume] first: f64) {
    cx.suspend(first.to_string());
}

fn main() {
    coro::run(|| total().spawn().resume(1.0).is_ok());
}
