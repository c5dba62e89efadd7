//! Parameters without a lifetime: the routine is `'static`.

#[coro::thread]
fn add(a: u32, b: u32) -> u32 {
    a + b
}

#[coro::thread]
fn greet(name: &'static str, times: usize) -> String {
    let greetings = vec![name; times];
    greetings.join(" ")
}
