//! Qualifiers are taken out, and the body stays where it compiles without them.

#[coro::thread]
const fn constant() -> impl Sized {
    1
}

#[coro::thread]
unsafe extern "C" fn dangerous(a: u8) -> u8 {
    a
}

#[coro::thread]
extern "C" fn many(a: u8, _: ...) -> u8 {
    a
}

#[coro::thread]
pub async fn later(a: &str) -> usize {
    a.len()
}
