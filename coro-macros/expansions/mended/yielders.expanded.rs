//! A yielder is mended where that is possible; then the body stays.
use coro::Yielder;
::core::compile_error!("write `&Yielder<(), u8>`: a thread borrows its yielder");
#[allow(unused, unexpected_cfgs)]
fn by_value(a: u8) -> ::coro::thread::ResumeRoutine<'static, (), u8, ()> {
    ::coro::__private::resume_routine(
        &"by_value",
        move |cx: &Yielder<(), u8>, _| -> () {
            cx.suspend(a);
        },
    )
}
::core::compile_error!("`Yielder` comes first: move this parameter to the front");
::core::compile_error!("remove `mut`: write `&Yielder<u8, u8>`, which is shared");
::core::compile_error!("`#[resume]` takes no arguments: remove this");
#[allow(unused, unexpected_cfgs)]
fn by_mut(a: u8) -> ::coro::thread::ResumeRoutine<'static, u8, u8, ()> {
    ::coro::__private::resume_routine(
        &"by_mut",
        move |cx: &Yielder<u8, u8>, b: u8| -> () {
            cx.suspend(a + b);
        },
    )
}
::core::compile_error!("a thread has one yielder: remove this parameter");
#[allow(unused, unexpected_cfgs)]
fn twice() -> ::coro::thread::ResumeRoutine<'static, (), u8, ()> {
    let _: &Yielder<(), u8>;
    #[cfg(rust_analyzer)]
    let _ = move |cx: &Yielder<(), u8>, other: &Yielder<(), u8>| -> () {
        cx.suspend(1);
        other.suspend(2);
    };
    ::core::unreachable!()
}
::core::compile_error!(
    "a `Yielder` has two types: write `&Yielder<In, Out>`, with what a resume brings in and what it gives out",
);
#[allow(unused, unexpected_cfgs)]
fn untyped() -> ::coro::thread::ResumeRoutine<'static, &'static str, (), ()> {
    let _: &Yielder<&'static str, ()>;
    #[cfg(rust_analyzer)]
    let _ = move |cx: &Yielder, first: &str| -> _ {
        cx.suspend(first);
    };
    ::core::unreachable!()
}
