//! What a result says of a closure reaches the body, as it does in a function.

#[coro::thread]
fn lengths() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[coro::thread]
fn trims(opaque: String) -> (String, impl Fn(&str) -> &str) {
    (opaque, |text: &str| text.trim())
}

#[coro::thread]
fn resumed(cx: &coro::Yielder<(), u8>) -> impl Fn(&str) -> usize {
    cx.suspend(1);
    |text| text.len()
}

fn main() {
    assert_eq!(lengths().call()("abc"), 3);
    let (text, trim) = trims("a".to_owned()).call();
    assert_eq!((&*text, trim(" b ")), ("a", "b"));
    let _ = resumed();
}
