use coro::Yielder;

#[coro::thread]
fn numbers(cx: &Yielder<(), usize>, end: usize) { (0..end).for_each(|n| cx.suspend(n)) }

#[coro::thread]
fn once(cx: &'_ Yielder<(), u8>, #[resume] (): ()) { cx.suspend(7) }

#[coro::main]
fn main() { assert_eq!((numbers(5).spawn().sum::<usize>(), once().spawn().last()), (10, Some(7))) }
