//! A parameter that a resume should fill is not passed by the caller, marked or not.
use coro::Yielder;
::core::compile_error!(
    "add the parameter that the first resume fills: `#[resume] first: u8`",
);
#[allow(unused, unexpected_cfgs)]
fn missing(a: u16) -> ::coro::thread::ResumeRoutine<'static, u8, u16, ()> {
    let _: &Yielder<u8, u16>;
    #[cfg(rust_analyzer)]
    let _ = move |cx: &Yielder<u8, u16>, a: u16| -> _ { cx.suspend(a) };
    ::core::unreachable!()
}
::core::compile_error!(
    "mark the parameter that the first resume fills: `#[resume] a: u8`",
);
#[allow(unused, unexpected_cfgs)]
fn unmarked() -> ::coro::thread::ResumeRoutine<'static, u8, u16, u8> {
    ::coro::__private::resume_routine(
        &"unmarked",
        move |cx: &Yielder<u8, u16>, a: u8| -> u8 { cx.suspend(a.into()) },
    )
}
::core::compile_error!(
    "a thread without a yielder is not resumed: add `cx: &Yielder<u8, Out>` in front, where `Out` is what it gives out, or remove `#[resume]`",
);
#[allow(unused, unexpected_cfgs)]
fn alone(a: u8) -> ::coro::thread::Routine<'static, u8> {
    #[cfg(rust_analyzer)]
    let _ = move |a: u8, b: u8| -> u8 { a + b };
    ::core::unreachable!()
}
::core::compile_error!("write the type that a resume brings in: `u8`");
#[allow(unused, unexpected_cfgs)]
fn opaque() -> ::coro::thread::ResumeRoutine<'static, u8, u16, ()> {
    ::coro::__private::resume_routine(
        &"opaque",
        move |cx: &Yielder<u8, u16>, a: u8| -> () {
            cx.suspend(a.into());
        },
    )
}
::core::compile_error!("remove this `#[resume]`: the first resume fills one parameter");
#[allow(unused, unexpected_cfgs)]
fn many() -> ::coro::thread::ResumeRoutine<'static, u8, u16, ()> {
    let _: &Yielder<u8, u16>;
    #[cfg(rust_analyzer)]
    let _ = move |cx: &Yielder<u8, u16>, a: u8, b: u8| -> () {
        cx.suspend((a + b).into());
    };
    ::core::unreachable!()
}
