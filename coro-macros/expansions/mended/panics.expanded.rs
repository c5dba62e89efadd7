//! A test that has to panic returns nothing.
::core::compile_error!(
    "remove the result: a test under `#[should_panic]` returns nothing, and a panic is all that passes",
);
#[allow(unused, unexpected_cfgs)]
#[::core::prelude::v1::test]
fn it_panics() -> Result<(), u8> {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "it_panics"),
        )
        .run(|| -> Result<(), u8> { Err(1) })
}
