#[coro::thread]
fn numbers(cx: &mut coro::Yielder<(), usize>, end: usize) {
    (0..end).for_each(|n| cx.suspend(n));
}

fn main() { coro::run(|| assert_eq!(numbers(5).spawn().count(), 5)); }
