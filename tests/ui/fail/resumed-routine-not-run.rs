#![deny(unused_must_use)]

#[coro::thread]
fn numbers(cx: &coro::Yielder<(), u8>) { cx.suspend(1); }

fn main() {
    coro::run(|| {
        numbers();
    });
}
