//! What is called from outside keeps its name, its result and its body, or takes nothing and gives nothing.
::core::compile_error!(
    "remove `async`: a main function waits in plain calls, without `.await`",
);
#[allow(unused, unexpected_cfgs)]
fn main() -> Result<(), u8> {
    ::coro::Builder::new()
        .run(|| -> Result<(), u8> {
            let _ = async move || -> Result<(), u8> { work().await };
            ::core::unreachable!()
        })
}
::core::compile_error!("remove the parameters: a test is called without arguments");
::core::compile_error!("remove the generic parameters: nothing would choose them");
#[allow(unused, unexpected_cfgs)]
#[::core::prelude::v1::test]
fn takes() {
    #[cfg(rust_analyzer)]
    let _ = move |a: T| -> T { a };
    ::core::unreachable!()
}
::core::compile_error!("remove `#[test]`: `#[coro::test]` adds it");
#[allow(unused, unexpected_cfgs)]
#[::core::prelude::v1::test]
fn twice() {
    ::coro::__private::Test::new(::core::concat!(::core::module_path!(), "::", "twice"))
        .run(|| -> () {})
}
::core::compile_error!(
    "remove `unsafe`: a main function is safe to start, put `unsafe` blocks into its body",
);
#[allow(unused, unexpected_cfgs)]
fn run() {
    ::coro::Builder::new()
        .run(|| -> () {
            unsafe {
                coro::thread::yield_now();
            }
        })
}
::core::compile_error!("remove the parameters: a test is called without arguments");
#[allow(unused, unexpected_cfgs)]
#[::core::prelude::v1::test]
fn parameters() -> Result<(), u8> {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "parameters"),
        )
        .run(|| -> Result<(), u8> {
            let mut a: Vec<u8> = ::core::unreachable!();
            let (b, _): &(u8, u8) = ::core::unreachable!();
            {
                a.push(*b);
                Ok(())
            }
        })
}
