//! A thread that is resumed with values, and gives values out.

use coro::Yielder;

#[coro::thread]
fn averager(cx: &Yielder<f64, f64>, label: &'static str, #[resume] first: f64) -> String {
    let (mut sum, mut count, mut next) = (0.0, 0, first);
    while next.is_finite() {
        sum += next;
        count += 1;
        next = cx.suspend(sum / f64::from(count));
    }
    format!("{label}: {count} values")
}
