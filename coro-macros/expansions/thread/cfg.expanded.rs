//! A `cfg` on a parameter goes wherever the parameter goes.
fn work(
    #[cfg(any())]
    a: u8,
    #[cfg(not(any()))]
    b: u8,
    #[cfg(not(any()))]
    #[allow(unused)]
    _c: u8,
    #[cfg(not(any()))]
    #[allow(unused)]
    (d, _): (u8, u8),
) -> ::coro::thread::Routine<'static, u8> {
    ::coro::__private::routine(
        &"work",
        move || -> u8 {
            #[cfg(not(any()))]
            #[expect(unused_mut)]
            let mut b = b;
            { b }
        },
    )
}
