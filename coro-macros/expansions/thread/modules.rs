//! In a module, in a body, and in the `impl` block of a type.

mod inner {
    #[coro::thread]
    pub(super) fn work() -> u8 {
        #[coro::thread]
        fn innermost() -> u8 {
            1
        }
        innermost().call()
    }
}

struct Counter(usize);

impl Counter {
    #[coro::thread]
    fn of(text: &str) -> Self {
        Self(text.len())
    }
}
