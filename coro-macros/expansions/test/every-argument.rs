//! Every argument; `seed` would stand in the place of `seeds`.

use std::time::Duration;

mod facade {
    pub(super) use coro as threads;
}

#[coro::test(start_paused, seeds = 3, timeout = 7200.5, crate = facade::threads)]
fn an_hour_passes_at_once() {
    coro::thread::sleep(Duration::from_secs(3600));
}

#[coro::test(seed = 40 + 2, start_paused = false)]
fn one_seed() {}
