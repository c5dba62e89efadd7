//! What the first resume brings is bound where it stood among the parameters.

use coro::Yielder;

#[coro::thread(name = "sum")]
fn sum<T: Copy>(
    cx: &Yielder<(T, u8), u8>,
    mut a: u8,
    #[cfg(not(any()))]
    #[resume]
    (b, c): (T, u8),
    text: &str,
) -> impl Iterator<Item = T>
where
    T: 'static,
{
    a += cx.suspend(a + c).1;
    std::iter::repeat_n(b, text.len() + usize::from(a))
}

#[coro::thread]
fn last(cx: &Yielder<Option<String>, usize>, #[resume] mut next: Option<String>, _: u8) -> usize {
    let mut length = 0;
    while let Some(text) = next {
        length = text.len();
        next = cx.suspend(length);
    }
    length
}

#[coro::thread]
fn join(cx: &Yielder<String, usize>, separator: String, #[resume] first: String) -> String {
    let next = cx.suspend(first.len());
    first + &separator + &next
}

#[coro::thread]
fn split(
    cx: &Yielder<(String, u8), u8>,
    a: u8,
    (b, _): (String, u8),
    #[resume] (c, d): (String, u8),
) -> String {
    let (e, _) = cx.suspend(a + d);
    b + &c + &e
}
