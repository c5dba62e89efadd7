//! Without arguments: run once.
#[::core::prelude::v1::test]
fn a_thread_returns() {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "a_thread_returns"),
        )
        .run(|| -> () {
            assert_eq!(coro::thread::spawn(|| 7).join().unwrap(), 7);
        })
}
