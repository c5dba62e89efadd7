//! A result behind a `dyn`, with the lifetime that elision gives it.

use std::error::Error;

#[coro::thread]
fn parse(text: &str) -> Result<u8, Box<dyn Error>> {
    if text.is_empty() {
        return Err("nothing to parse".into());
    }
    Ok(text.parse()?)
}

#[coro::thread]
fn chars(text: &str) -> Box<dyn Iterator<Item = char> + '_> {
    Box::new(text.chars())
}
