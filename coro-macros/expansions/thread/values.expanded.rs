//! Parameters without a lifetime: the routine is `'static`.
fn add(a: u32, b: u32) -> ::coro::thread::Routine<'static, u32> {
    ::coro::__private::routine(&"add", move || -> u32 { a + b })
}
fn greet(name: &'static str, times: usize) -> ::coro::thread::Routine<'static, String> {
    ::coro::__private::routine(
        &"greet",
        move || -> String {
            let greetings = vec![name; times];
            greetings.join(" ")
        },
    )
}
