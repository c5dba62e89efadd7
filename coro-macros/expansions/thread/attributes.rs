//! Attributes, documentation and visibility stay on the function, inner attributes in it.

/// Documented above.
#[coro::thread]
/// Documented below.
#[allow(unused_variables)]
#[inline]
#[must_use = "it has a reason"]
pub(crate) fn work(a: u8, #[expect(unused_mut)] mut b: u8) -> u8 {
    #![deny(unused_mut)]
    //! Documented inside.
    b
}

/// The routine must be used anyway.
#[coro::thread]
#[must_use]
pub(crate) fn used() -> u8 {
    1
}
