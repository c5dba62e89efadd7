#[coro::thread]
fn total(cx: &coro::Yielder<f64, f64>, #[resume] first: f64) -> f64 {
    first + cx.suspend(first)
}

#[coro::main]
fn main() {
    let _ = total().spawn().resume("1.0");
}
