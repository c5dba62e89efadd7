#[coro::thread]
fn lengths(cx: &coro::Yielder<&str, usize>, #[resume] first: &str) -> usize {
    cx.suspend(first.len()).len()
}

fn main() { coro::run(|| lengths().spawn().resume("abc").is_ok()); }
