#[coro::thread]
fn total(cx: &coro::Yielder<f64, f64>, #[resume] mut first: f32) -> f32 {
    first += 1.0_f32;
    cx.suspend(first.into());
    first
}

fn main() {
    coro::run(|| total().spawn().resume(1.0).is_ok());
}
