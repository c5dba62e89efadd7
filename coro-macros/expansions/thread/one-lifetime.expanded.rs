//! One lifetime and no types: it is the routine's own, named or elided.
use std::borrow::Cow;
fn trim<'_text>(text: &'_text str) -> ::coro::thread::Routine<'_text, &'_text str> {
    ::coro::__private::routine(&"trim", move || -> &'_text str { text.trim() })
}
fn first<'a>(
    one: &'a [u8],
    other: &'a [u8],
) -> ::coro::thread::Routine<'a, Option<&'a u8>> {
    ::coro::__private::routine(
        &"first",
        move || -> Option<&'a u8> { one.first().or(other.first()) },
    )
}
fn own<'_text>(text: Cow<'_text, str>) -> ::coro::thread::Routine<'_text, String> {
    ::coro::__private::routine(
        &"own",
        move || -> String {
            let text = text;
            { text.into_owned() }
        },
    )
}
