//! Attributes, documentation and visibility stay on the function, inner attributes in it.
/// Documented above.
/// Documented below.
#[allow(unused_variables)]
#[inline]
#[must_use = "it has a reason"]
pub(crate) fn work(a: u8, b: u8) -> ::coro::thread::Routine<'static, u8> {
    #![deny(unused_mut)]
    //! Documented inside.
    ::coro::__private::routine(
        &"work",
        move || -> u8 {
            #[expect(unused_mut)]
            let mut b = b;
            { b }
        },
    )
}
/// The routine must be used anyway.
pub(crate) fn used() -> ::coro::thread::Routine<'static, u8> {
    ::coro::__private::routine(&"used", move || -> u8 { 1 })
}
