//! Every argument; `seed` would stand in the place of `seeds`.
use std::time::Duration;
mod facade {
    pub(super) use coro as threads;
}
#[::core::prelude::v1::test]
fn an_hour_passes_at_once() {
    facade::threads::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "an_hour_passes_at_once"),
        )
        .start_paused(true)
        .seeds(3)
        .timeout(::core::time::Duration::new(7200u64, 500000000u32))
        .run(|| -> () {
            coro::thread::sleep(Duration::from_secs(3600));
        })
}
#[::core::prelude::v1::test]
fn one_seed() {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "one_seed"),
        )
        .start_paused(false)
        .seed(40 + 2)
        .run(|| -> () {})
}
