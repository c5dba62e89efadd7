//! Several lifetimes: each outlives the routine's, and they stay apart.
fn add<'coro, '_list: 'coro, 'b: 'coro, '_arg: 'coro>(
    list: &'_list mut Vec<&'b str>,
    item: &'b str,
    _: &'_arg u8,
) -> ::coro::thread::Routine<'coro, &'b str> {
    ::coro::__private::routine(
        &"add",
        move || -> &'b str {
            list.push(item);
            item
        },
    )
}
fn longest<'coro, 'a: 'coro, 'b>(
    one: &'a str,
    other: &'b str,
) -> ::coro::thread::Routine<'coro, &'a str>
where
    'b: 'coro,
    'b: 'a,
{
    ::coro::__private::routine(
        &"longest",
        move || -> &'a str { if one.len() > other.len() { one } else { other } },
    )
}
