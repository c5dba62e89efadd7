//! A parameter that a resume should fill is not passed by the caller, marked or not.

use coro::Yielder;

#[coro::thread]
fn missing(cx: &Yielder<u8, u16>, a: u16) -> impl Sized {
    cx.suspend(a)
}

#[coro::thread]
fn unmarked(cx: &Yielder<u8, u16>, a: u8) -> u8 {
    cx.suspend(a.into())
}

#[coro::thread]
fn alone(a: u8, #[resume] b: u8) -> u8 {
    a + b
}

#[coro::thread]
fn opaque(cx: &Yielder<u8, u16>, #[resume] a: impl Into<u16>) {
    cx.suspend(a.into());
}

#[coro::thread]
fn many(cx: &Yielder<u8, u16>, #[resume] a: u8, #[resume] b: u8) {
    cx.suspend((a + b).into());
}
