//! Results that say what a closure in the body is like.
fn lengths() -> ::coro::thread::Routine<'static, impl Fn(&str) -> usize> {
    let opaque = ::coro::__private::Opaque::new();
    if false {
        return opaque.never();
    }
    opaque.routine(&"lengths", move || -> _ { |text| text.len() })
}
fn tails(
    text: String,
) -> ::coro::thread::ResumeRoutine<'static, (), u8, impl Fn(&str) -> &str> {
    let opaque = ::coro::__private::Opaque::new();
    if false {
        return opaque.never();
    }
    opaque
        .routine(
            &"tails",
            move |cx: &coro::Yielder<(), u8>, _| -> _ {
                let text = text;
                {
                    cx.suspend(1);
                    move |other: &str| other.strip_prefix(text.as_str()).unwrap_or(other)
                }
            },
        )
        .stack_size(65536)
}
