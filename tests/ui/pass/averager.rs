#[coro::thread]
fn averager(cx: &coro::Yielder<f64, f64>, label: &'static str, #[resume] first: f64) -> String {
    format!("{label}: {}", first + cx.suspend(first / 2.0))
}

fn main() { coro::run(|| {
    let mut avg = averager("latency").spawn();
    assert_eq!(avg.resume(3.0).unwrap(), coro::CoroutineState::Yielded(1.5));
    assert_eq!(avg.resume(4.0).unwrap(), coro::CoroutineState::Complete("latency: 7".to_owned()));
}) }
