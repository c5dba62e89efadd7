#![no_implicit_prelude]

#[::coro::thread]
fn work(text: &str, _: u8) -> usize { text.len() }

#[::coro::test(start_paused, seeds = 3, timeout = 0.5)]
fn check() {}

#[::coro::main]
fn main() { ::std::assert_eq!(work("abc", 1).call(), 3) }
