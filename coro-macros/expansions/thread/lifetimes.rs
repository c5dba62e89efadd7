//! Several lifetimes: each outlives the routine's, and they stay apart.

#[coro::thread]
fn add<'b>(list: &mut Vec<&'b str>, item: &'b str, _: &u8) -> &'b str {
    list.push(item);
    item
}

#[coro::thread]
fn longest<'a, 'b>(one: &'a str, other: &'b str) -> &'a str
where
    'b: 'a,
{
    if one.len() > other.len() { one } else { other }
}
