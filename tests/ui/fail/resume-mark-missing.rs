use coro::Yielder;

#[coro::thread]
fn total(cx: &Yielder<f64, f64>, label: &'static str, first: f64) -> usize {
    cx.suspend(first);
    label.len()
}

fn main() { coro::run(|| total("x").spawn().resume(1.0).is_ok()); }
