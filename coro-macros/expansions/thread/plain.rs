//! Nothing goes in and nothing comes out.

#[coro::thread]
fn work() {
    coro::thread::yield_now();
}

#[coro::thread]
fn idle() {}
