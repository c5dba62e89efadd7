//! An `impl Trait` in the result is inferred in the closure.
use std::num::ParseIntError;
fn numbers(
    count: usize,
) -> ::coro::thread::Routine<'static, impl Iterator<Item = usize>> {
    let opaque = ::coro::__private::Opaque::new();
    if false {
        return opaque.never();
    }
    opaque.routine(&"numbers", move || -> _ { 0..count })
}
fn parse<'_text>(
    text: &'_text str,
) -> ::coro::thread::Routine<'_text, Result<(impl Into<u64>, u8), ParseIntError>> {
    let opaque = ::coro::__private::Opaque::new();
    if false {
        return opaque.never();
    }
    opaque
        .routine(
            &"parse",
            move || -> Result<(_, u8), ParseIntError> { Ok((text.parse::<u32>()?, 1)) },
        )
}
