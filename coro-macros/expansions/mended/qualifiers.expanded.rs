//! Qualifiers are taken out, and the body stays where it compiles without them.
::core::compile_error!("remove `const`: a coro thread cannot run in a constant");
#[allow(unused, unexpected_cfgs)]
fn constant() -> ::coro::thread::Routine<'static, impl Sized> {
    let opaque = ::coro::__private::Opaque::new();
    if false {
        return opaque.never();
    }
    opaque.routine(&"constant", move || -> _ { 1 })
}
::core::compile_error!(
    "remove `unsafe`: a coro thread is safe to start, put `unsafe` blocks into its body",
);
::core::compile_error!("remove `extern \"C\"`: a coro thread is called from Rust");
#[allow(unused, unexpected_cfgs)]
fn dangerous(a: u8) -> ::coro::thread::Routine<'static, u8> {
    ::coro::__private::routine(&"dangerous", move || -> u8 { unsafe { a } })
}
::core::compile_error!(
    "remove `extern` and `...`: a slice or a `Vec` takes a varying number of values",
);
#[allow(unused, unexpected_cfgs)]
fn many(a: u8) -> ::coro::thread::Routine<'static, u8> {
    #[cfg(rust_analyzer)]
    let _ = move |a: u8| -> u8 { a };
    ::core::unreachable!()
}
::core::compile_error!(
    "remove `async`: a coro thread waits in plain calls, without `.await`",
);
#[allow(unused, unexpected_cfgs)]
pub fn later<'_a>(a: &'_a str) -> ::coro::thread::Routine<'_a, usize> {
    ::coro::__private::routine(
        &"later",
        move || -> usize {
            let _ = async move || -> usize { a.len() };
            ::core::unreachable!()
        },
    )
}
