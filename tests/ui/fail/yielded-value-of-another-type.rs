use coro::{CoroutineState, Yielder};

#[coro::thread]
fn total(cx: &Yielder<(), f64>) { cx.suspend(1.0) }

fn main() {
    coro::run(|| {
        assert!(total().spawn().resume(()).unwrap() == CoroutineState::Yielded("1.0"));
    });
}
