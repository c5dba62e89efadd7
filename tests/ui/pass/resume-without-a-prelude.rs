#![no_implicit_prelude]

#[::coro::thread]
fn lengths<'a>(cx: &::coro::Yielder<&'a str, usize>, #[resume] first: &'a str) { cx.suspend(first.len()); }

#[::coro::main]
fn main() {
    let mut lengths = lengths().spawn();
    ::std::assert!(::std::matches!(lengths.resume("abc"), ::std::result::Result::Ok(::coro::CoroutineState::Yielded(3))));
}
