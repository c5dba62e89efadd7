//! A body that is missing where one is needed, one that cannot stand for an `impl Trait`, and no function at all.
::core::compile_error!("a function that is run needs a body: write `{ … }`");
#[allow(unused, unexpected_cfgs)]
#[::core::prelude::v1::test]
fn missing() -> Result<(), u8> {
    ::core::unreachable!()
}
::core::compile_error!(
    "remove `async`: a coro thread waits in plain calls, without `.await`",
);
#[allow(unused, unexpected_cfgs)]
fn opaque() -> ::coro::thread::Routine<'static, ()> {
    #[cfg(rust_analyzer)]
    let _ = async move || -> _ { 1.await };
    ::core::unreachable!()
}
::core::compile_error!("this attribute goes on a function: put it above a `fn`");
struct NoFunction;
