//! One lifetime and no types: it is the routine's own, named or elided.

use std::borrow::Cow;

#[coro::thread]
fn trim(text: &str) -> &str {
    text.trim()
}

#[coro::thread]
fn first<'a>(one: &'a [u8], other: &'a [u8]) -> Option<&'a u8> {
    one.first().or(other.first())
}

#[coro::thread]
fn own(text: Cow<'_, str>) -> String {
    text.into_owned()
}
