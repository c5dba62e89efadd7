//! Without arguments and result.
fn main() {
    ::coro::Builder::new()
        .run(|| -> () {
            coro::thread::yield_now();
        })
}
