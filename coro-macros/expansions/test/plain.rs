//! Without arguments: run once.

#[coro::test]
fn a_thread_returns() {
    assert_eq!(coro::thread::spawn(|| 7).join().unwrap(), 7);
}
