//! Results that say what a closure in the body is like.

#[coro::thread]
fn lengths() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[coro::thread(stack_size = 65536)]
fn tails(cx: &coro::Yielder<(), u8>, text: String) -> impl Fn(&str) -> &str {
    cx.suspend(1);
    move |other: &str| other.strip_prefix(text.as_str()).unwrap_or(other)
}
