type Pair = (String, u8);

#[coro::thread]
fn split(cx: &coro::Yielder<Pair, u8>, a: u8, (b, _): Pair, #[resume] (c, d): Pair) -> String {
    let (e, _) = cx.suspend(a + d);
    b + &c + &e
}

#[coro::main]
fn main() {
    let mut split = split(1, ("b".into(), 2)).spawn();
    assert_eq!(split.resume(("c".into(), 3)).unwrap(), coro::CoroutineState::Yielded(4));
    assert_eq!(split.resume(("e".into(), 5)).unwrap(), coro::CoroutineState::Complete("bce".into()));
}
