//! Resumes that bring nothing: the marked parameter may be left out.
use coro::Yielder;
fn numbers(end: usize) -> ::coro::thread::ResumeRoutine<'static, (), usize, ()> {
    ::coro::__private::resume_routine(
        &"numbers",
        move |cx: &Yielder<(), usize>, _| -> () {
            (0..end).for_each(|number| cx.suspend(number));
        },
    )
}
fn unit() -> ::coro::thread::ResumeRoutine<'static, (), u8, ()> {
    ::coro::__private::resume_routine(
        &"unit",
        move |cx: &'_ Yielder<(), u8>, (): ()| -> () {
            cx.suspend(7);
        },
    )
}
fn silent() -> ::coro::thread::ResumeRoutine<'static, (), u8, ()> {
    ::coro::__private::resume_routine(
        &"silent",
        move |#[allow(unused)] _: &Yielder<(), u8>, _| -> () {
            coro::thread::yield_now();
        },
    )
}
