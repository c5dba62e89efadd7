//! Attributes stay, and so does a result.

use std::num::ParseIntError;

#[coro::test]
#[should_panic = "seven"]
fn it_panics() {
    panic!("seven");
}

/// Parses.
#[coro::test(timeout = 5)]
#[allow(unused_variables)]
fn it_parses() -> Result<(), ParseIntError> {
    let number: u8 = "7".parse()?;
    Ok(())
}
