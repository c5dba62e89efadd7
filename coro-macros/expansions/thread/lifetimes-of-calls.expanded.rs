//! An elided lifetime of a call belongs to the call.
fn apply(
    f: fn(&u8) -> &u8,
    g: Box<dyn Fn(&u8) -> u8>,
) -> ::coro::thread::Routine<'static, u8> {
    ::coro::__private::routine(
        &"apply",
        move || -> u8 {
            let g = g;
            { g(f(&1)) }
        },
    )
}
fn apply_borrowed<'_f>(
    f: &'_f dyn for<'x> Fn(&'x u8) -> &'x u8,
) -> ::coro::thread::Routine<'_f, u8> {
    ::coro::__private::routine(&"apply_borrowed", move || -> u8 { *f(&1) })
}
