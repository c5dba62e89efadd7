//! Nothing goes in and nothing comes out.
fn work() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(
        &"work",
        move || -> () {
            coro::thread::yield_now();
        },
    )
}
fn idle() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(&"idle", move || -> () {})
}
