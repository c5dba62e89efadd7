//! Resumes that bring nothing: the marked parameter may be left out.

use coro::Yielder;

#[coro::thread]
fn numbers(cx: &Yielder<(), usize>, end: usize) {
    (0..end).for_each(|number| cx.suspend(number));
}

#[coro::thread]
fn unit(cx: &'_ Yielder<(), u8>, #[resume] (): ()) {
    cx.suspend(7);
}

#[coro::thread]
fn silent(#[allow(unused)] _: &Yielder<(), u8>) {
    coro::thread::yield_now();
}
