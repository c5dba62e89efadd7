#[coro::thread]
fn total(cx: &coro::Yielder<f64, f64>, #[resume] first: f64) {
    let _next: String = cx.suspend(first);
}

fn main() {
    coro::run(|| total().spawn().resume(1.0).is_ok());
}
