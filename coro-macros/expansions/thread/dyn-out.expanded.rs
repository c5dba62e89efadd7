//! A result behind a `dyn`, with the lifetime that elision gives it.
use std::error::Error;
fn parse<'_text>(
    text: &'_text str,
) -> ::coro::thread::Routine<'_text, Result<u8, Box<dyn Error>>> {
    ::coro::__private::routine(
        &"parse",
        move || -> Result<u8, Box<dyn Error>> {
            if text.is_empty() {
                return Err("nothing to parse".into());
            }
            Ok(text.parse()?)
        },
    )
}
fn chars<'_text>(
    text: &'_text str,
) -> ::coro::thread::Routine<'_text, Box<dyn Iterator<Item = char> + '_text>> {
    ::coro::__private::routine(
        &"chars",
        move || -> Box<dyn Iterator<Item = char> + '_text> { Box::new(text.chars()) },
    )
}
