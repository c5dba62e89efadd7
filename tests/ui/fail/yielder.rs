#[coro::thread]
fn numbers(cx: &coro::Yielder<(), usize>, end: usize) {
    (0..end).for_each(|n| cx.suspend(n));
}

fn main() {
    coro::run(|| numbers(5).call());
}
