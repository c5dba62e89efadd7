//! A parameter for the first resume whose type is written in another way than the yielder's: the compiler compares.

use coro::Yielder;

type Celsius = f64;

#[coro::thread]
fn watch(cx: &Yielder<Celsius, bool>, limit: f64, #[resume] mut now: f64) {
    while now < limit {
        now = cx.suspend(true);
    }
}
