//! A `cfg` on a parameter goes wherever the parameter goes.

#[coro::thread]
fn work(
    #[cfg(any())] a: u8,
    #[cfg(not(any()))]
    #[expect(unused_mut)]
    mut b: u8,
    #[cfg(not(any()))]
    #[allow(unused)]
    _c: u8,
    #[cfg(not(any()))]
    #[allow(unused)]
    (d, _): (u8, u8),
) -> u8 {
    b
}
