//! In a module, in a body, and in the `impl` block of a type.
mod inner {
    pub(super) fn work() -> ::coro::thread::Routine<'static, u8> {
        ::coro::__private::routine(
            &"work",
            move || -> u8 {
                fn innermost() -> ::coro::thread::Routine<'static, u8> {
                    ::coro::__private::routine(&"innermost", move || -> u8 { 1 })
                }
                innermost().call()
            },
        )
    }
}
struct Counter(usize);
impl Counter {
    fn of<'_text>(text: &'_text str) -> ::coro::thread::Routine<'_text, Self> {
        ::coro::__private::routine(&"of", move || -> Self { Self(text.len()) })
    }
}
