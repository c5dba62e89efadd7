//! Of two attributes of coro, the second expands the function, unless the first is the one of an entry.
::core::compile_error!(
    "a function takes one of coro's attributes: remove this or the other",
);
::core::compile_error!(
    "remove `async`: a main function waits in plain calls, without `.await`",
);
#[allow(unused, unexpected_cfgs)]
fn main() {
    ::coro::Builder::new()
        .run(|| -> () {
            let _ = async move || {
                coro::thread::yield_now();
            };
            ::core::unreachable!()
        })
}
::core::compile_error!(
    "a function takes one of coro's attributes: remove this or the other",
);
#[allow(unused, unexpected_cfgs)]
#[::core::prelude::v1::test]
fn both() {
    ::coro::__private::Test::new(::core::concat!(::core::module_path!(), "::", "both"))
        .run(|| -> () {})
}
fn main() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(&"main", move || -> () {})
}
