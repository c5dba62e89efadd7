use coro::Yielder;

#[coro::thread]
fn numbers(cx: &Yielder<(), usize>, other: &Yielder<(), u8>) {
    cx.suspend(1);
    other.suspend(2)
}

fn main() { coro::run(|| assert_eq!(numbers().spawn().count(), 1)); }
