//! Types outlive the routine, by a bound where the type has its others.

use std::io::{self, Read};
use std::ops::Add;

/// Reads what is asked for.
#[coro::thread]
pub(crate) fn read<T: Read>(mut from: T, label: &str) -> io::Result<usize> {
    let mut buf = vec![0; label.len()];
    from.read(&mut buf)
}

#[coro::thread]
fn sum<T, U, const N: usize>(items: [T; N], first: U) -> U
where
    U: Add<T, Output = U>,
    for<'x> &'x T: PartialEq,
{
    items.into_iter().fold(first, |sum, item| sum + item)
}
