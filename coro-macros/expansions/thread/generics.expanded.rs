//! Types outlive the routine, by a bound where the type has its others.
use std::io::{self, Read};
use std::ops::Add;
/// Reads what is asked for.
pub(crate) fn read<'coro, '_label: 'coro, T: Read + 'coro>(
    from: T,
    label: &'_label str,
) -> ::coro::thread::Routine<'coro, io::Result<usize>> {
    ::coro::__private::routine(
        &"read",
        move || -> io::Result<usize> {
            let mut from = from;
            {
                let mut buf = vec![0; label.len()];
                from.read(&mut buf)
            }
        },
    )
}
fn sum<'coro, T, U, const N: usize>(
    items: [T; N],
    first: U,
) -> ::coro::thread::Routine<'coro, U>
where
    T: 'coro,
    U: 'coro,
    U: Add<T, Output = U>,
    for<'x> &'x T: PartialEq,
{
    ::coro::__private::routine(
        &"sum",
        move || -> U {
            let items = items;
            let first = first;
            { items.into_iter().fold(first, |sum, item| sum + item) }
        },
    )
}
