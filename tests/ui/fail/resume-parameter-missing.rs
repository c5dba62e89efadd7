use coro::Yielder;

#[coro::thread]
fn total(cx: &Yielder<Option<f64>, f64>, label: &'static str) -> usize {
    while let Some(_) = cx.suspend(1.0) {}
    label.len()
}

fn main() { coro::run(|| total("x").spawn().resume(Some(1.0)).is_ok()); }
