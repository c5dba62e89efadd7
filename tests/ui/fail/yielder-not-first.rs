use coro::Yielder;

#[coro::thread]
fn numbers(end: usize, cx: &Yielder<(), usize>) {
    (0..end).for_each(|n| cx.suspend(n));
}

fn main() { coro::run(|| assert_eq!(numbers(5).spawn().count(), 5)); }
