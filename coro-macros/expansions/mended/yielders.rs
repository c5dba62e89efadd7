//! A yielder is mended where that is possible; then the body stays.

use coro::Yielder;

#[coro::thread]
fn by_value(cx: Yielder<(), u8>, a: u8) {
    cx.suspend(a);
}

#[coro::thread]
fn by_mut(a: u8, cx: &mut Yielder<u8, u8>, #[resume(x)] b: u8) {
    cx.suspend(a + b);
}

#[coro::thread]
fn twice(cx: &Yielder<(), u8>, other: &Yielder<(), u8>) {
    cx.suspend(1);
    other.suspend(2);
}

#[coro::thread]
fn untyped(cx: &Yielder, #[resume] first: &str) -> impl Sized {
    cx.suspend(first);
}
