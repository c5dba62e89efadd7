#[coro::thread]
fn numbers(cx: &coro::Yielder<(), u32>) {
    cx.suspend(1);
}

fn main() {
    for _ in numbers() {}
    let _ = numbers().resume(());
    numbers().call();
}
