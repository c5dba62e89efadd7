//! An `impl Trait` in the result is inferred in the closure.

use std::num::ParseIntError;

#[coro::thread]
fn numbers(count: usize) -> impl Iterator<Item = usize> {
    0..count
}

#[coro::thread]
fn parse(text: &str) -> Result<(impl Into<u64>, u8), ParseIntError> {
    Ok((text.parse::<u32>()?, 1))
}
