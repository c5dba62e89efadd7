//! A call of the function in its own body makes a routine too.
fn fibonacci(n: u64) -> ::coro::thread::Routine<'static, u64> {
    ::coro::__private::routine(
        &"fibonacci",
        move || -> u64 {
            if n < 2 {
                return n;
            }
            let one = fibonacci(n - 1).spawn();
            fibonacci(n - 2).call() + one.join().expect("it returns")
        },
    )
}
