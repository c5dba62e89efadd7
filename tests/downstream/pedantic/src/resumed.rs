//! Functions whose thread is resumed.

use std::ops::Add;

use coro::Yielder;

/// Gives out what has come in so far.
#[coro::thread]
pub fn sums<T>(cx: &Yielder<Option<T>, T>, start: T, #[resume] first: Option<T>) -> T
where
    T: Add<Output = T> + Copy + 'static,
{
    let (mut sum, mut next) = (start, first);
    while let Some(number) = next {
        sum = sum + number;
        next = cx.suspend(sum);
    }
    sum
}

/// Takes the first value apart, keeps another that it does not use, and changes a third.
#[coro::thread(name = "apart {label}", stack_size = 64 * 1024)]
pub fn apart<const N: usize>(
    cx: &Yielder<(u8, [u8; N]), usize>,
    mut label: String,
    #[resume] (first, mut rest): (u8, [u8; N]),
    _guard: Vec<u8>,
) -> String {
    rest.reverse();
    let (second, _) = cx.suspend(rest.len());
    label.push(char::from(first));
    label.push(char::from(second));
    label
}

/// Gives out numbers; nothing comes in.
#[coro::thread]
pub fn numbers(cx: &Yielder<(), u32>, end: u32) {
    for number in 0..end {
        cx.suspend(number);
    }
}

/// Needs no yielder in the end.
#[coro::thread]
pub fn at_once(_cx: &Yielder<u8, u8>, #[resume] _first: u8) -> Result<(), String> {
    Err("at once".to_owned())
}

#[cfg(test)]
mod tests {
    use coro::CoroutineState::{Complete, Yielded};

    use super::*;

    #[coro::test]
    fn values_come_in_and_go_out() -> Result<(), Box<dyn std::error::Error>> {
        let mut sums = sums(1).spawn();
        assert_eq!(sums.resume(Some(2))?, Yielded(3));
        assert_eq!(sums.resume(None)?, Complete(3));
        let mut apart = apart("x".to_owned(), vec![1]).spawn();
        assert_eq!(apart.resume((b'a', [1, 2]))?, Yielded(2));
        assert_eq!(apart.resume((b'b', [1, 2]))?, Complete("xab".to_owned()));
        assert_eq!(at_once().spawn().resume(1)?, Complete(Err("at once".to_owned())));
        Ok(())
    }

    #[coro::test]
    fn values_go_out() {
        assert!(numbers(3).spawn().eq(0..3));
    }
}
