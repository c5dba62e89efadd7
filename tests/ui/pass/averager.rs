use coro::{CoroutineState, Yielder};

#[coro::thread]
fn averager(cx: &Yielder<f64, f64>, label: &'static str, #[resume] first: f64) -> usize {
    let (mut sum, mut n, mut x) = (0.0, 0, first);
    while x.is_finite() {
        sum += x; n += 1;
        x = cx.suspend(sum / n as f64);
    }
    println!("{label}: {n} values");
    n
}

#[coro::main]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut avg = averager("latency").spawn();
    assert_eq!(avg.resume(10.0)?, CoroutineState::Yielded(10.0));
    assert_eq!(avg.resume(20.0)?, CoroutineState::Yielded(15.0));
    assert_eq!(avg.resume(f64::NAN)?, CoroutineState::Complete(2));
    Ok(())
}
