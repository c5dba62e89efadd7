//! Free functions.

use std::fmt::Display;
use std::num::ParseIntError;
use std::process::ExitCode;
use std::rc::Rc;

use coro::channel::Receiver;

/// Takes nothing and gives nothing.
#[coro::thread]
pub fn nothing() {}

/// Adds plain numbers.
#[coro::thread]
#[inline]
pub fn add(one: u32, other: u32) -> u32 {
    one + other
}

/// Changes what it takes, by name, in a pattern and behind a reference.
#[coro::thread(name = "changer {count} {seen:?}", stack_size = 64 * 1024)]
pub fn change(mut count: usize, (first, mut rest): (u8, Vec<u8>), seen: &mut Vec<u8>) -> Vec<u8> {
    while count > 0 {
        rest.push(first);
        count -= 1;
    }
    seen.extend_from_slice(&rest);
    rest
}

/// Keeps what it does not use until it ends.
#[coro::thread(name = "keeper {{}}")]
pub fn keep(_guard: Rc<str>, _: Vec<u8>, [first, ..]: [u8; 4], _count: usize) -> u8 {
    first
}

/// Returns early, with a question mark too.
#[coro::thread]
pub fn parse(text: &str, limit: Option<u32>) -> Result<Option<u32>, ParseIntError> {
    if text.is_empty() {
        return Ok(limit);
    }
    let number = text.parse()?;
    Ok(Some(number))
}

/// Has types, constants and bounds of its own, in both places.
#[coro::thread(name = "largest of {N}")]
pub fn largest<T, const N: usize>(items: [T; N], least: T) -> T
where
    T: Copy + PartialOrd,
{
    items.into_iter().fold(least, |largest, item| if item > largest { item } else { largest })
}

/// Names one of its lifetimes and leaves the others out.
#[coro::thread(name = "longer than {other:>4}")]
pub fn longest<'text>(texts: &[&'text str], other: &'text str, seen: &mut usize) -> &'text str {
    *seen += texts.len();
    texts.iter().copied().chain([other]).max_by_key(|text| text.len()).unwrap_or(other)
}

/// Takes and gives what has no name.
#[coro::thread]
pub fn lines(
    items: impl Iterator<Item = impl Display>,
    end: &impl Display,
) -> impl Iterator<Item = String> {
    items.map(move |item| format!("{item}{end}"))
}

/// Gives what any function may be.
#[coro::thread]
pub fn adder(number: u32) -> Box<dyn Fn(u32) -> u32> {
    Box::new(move |other| number + other)
}

/// Never gives anything.
#[coro::thread]
pub fn forever(numbers: Receiver<u32>) -> ! {
    loop {
        coro::select! {
            recv(numbers) -> _ => (),
            default(std::time::Duration::MAX) => (),
        }
    }
}

/// Has a parameter only elsewhere.
#[coro::thread]
pub fn here(#[cfg(any())] elsewhere: Elsewhere, number: u8) -> u8 {
    number
}

/// Has items of its own, in front of its statements.
#[coro::thread]
pub fn repeat(mut text: String, times: usize) -> String {
    use std::fmt::Write as _;
    const LIMIT: usize = 3;

    fn cut(times: usize) -> usize {
        times.min(LIMIT)
    }

    for time in 0..cut(times) {
        write!(text, ".{time}").expect("a String takes every write");
    }
    text
}

/// Takes functions and objects.
#[coro::thread]
pub fn apply(
    change: &mut dyn FnMut(u8) -> u8,
    last: Box<dyn FnOnce(&str) -> usize + '_>,
    plain: fn(usize) -> usize,
    texts: &[&dyn AsRef<str>],
    unit: (),
) -> usize {
    let () = unit;
    let changed = change(2);
    let sum: usize = texts.iter().map(|text| last_of(text.as_ref())).sum();
    plain(last("abc") + usize::from(changed) + sum)
}

const fn last_of(text: &str) -> usize {
    text.len()
}

/// Returns a part that may fail.
#[coro::thread]
pub fn digits(text: &str) -> Result<impl Iterator<Item = u32>, String> {
    if text.is_empty() {
        return Err("no text".to_owned());
    }
    Ok(text.chars().filter_map(|digit| digit.to_digit(10)))
}

/// Bears names that are words of the language.
#[coro::thread]
pub fn r#match(r#type: Vec<u8>, #[expect(unused_mut, reason = "tried")] mut r#fn: u8) -> usize {
    r#type.len() + usize::from(r#fn)
}

/// Is old.
#[coro::thread]
#[deprecated = "there is nothing new"]
#[must_use]
#[cold]
pub fn old(#[cfg(not(any()))] (left, right): (String, u8)) -> (u8, String) {
    (right, left)
}

/// Calls itself.
#[coro::thread]
pub fn fibonacci(number: u64) -> u64 {
    if number < 2 {
        return number;
    }
    let before = fibonacci(number - 1).spawn();
    fibonacci(number - 2).call() + before.join().unwrap_or_default()
}

/// Is the only one that knows itself.
#[coro::thread]
fn private(text: String) -> usize {
    text.len()
}

/// Runs one of them in a loop.
#[coro::main(name = "boss", stack_size = 128 * 1024)]
#[must_use]
pub fn run_all() -> ExitCode {
    let sum = private("abc".to_owned()).spawn().join().map_or(0, |length| length);
    ExitCode::from(u8::try_from(sum).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[coro::test]
    fn plain_ones() -> Result<(), coro::JoinError> {
        nothing().spawn().join()?;
        assert_eq!(add(1, 2).spawn().join()?, 3);
        let mut seen = vec![9];
        assert_eq!(change(2, (1, vec![0]), &mut seen).call(), [0, 1, 1]);
        assert_eq!(seen, [9, 0, 1, 1]);
        assert_eq!(keep("".into(), Vec::new(), [7, 8, 9, 10], 3).spawn().join()?, 7);
        assert_eq!(parse("7", None).spawn().join()?, Ok(Some(7)));
        assert_eq!(here(3).spawn().join()?, 3);
        assert_eq!(repeat("a".to_owned(), 9).spawn().join()?, "a.0.1.2");
        assert_eq!(r#match(vec![1], 2).spawn().join()?, 3);
        assert_eq!(fibonacci(7).spawn().join()?, 13);
        Ok(())
    }

    #[coro::test(seeds = 2, timeout = 10)]
    fn generic_ones() {
        assert_eq!(largest([1, 5, 2], 3).spawn().join().unwrap(), 5);
        let (text, mut seen) = (String::from("ab"), 0);
        assert_eq!(longest(&["abc"], &text, &mut seen).call(), "abc");
        assert_eq!(lines([1, 2].iter(), &'.').call().collect::<Vec<_>>(), ["1.", "2."]);
        let mut calls = 0;
        let mut change = |number| {
            calls += 1;
            number * 10
        };
        let (texts, last): ([&dyn AsRef<str>; 2], _) = ([&text, &""], Box::new(str::len));
        assert_eq!(apply(&mut change, last, |sum| sum + 1, &texts, ()).call(), 26);
        assert_eq!(calls, 1);
        assert_eq!(digits("1a2").call().unwrap().sum::<u32>(), 3);
        assert_eq!(adder(1).spawn().join().unwrap()(2), 3);
    }

    #[coro::test]
    #[expect(deprecated, reason = "the warning has to come")]
    fn an_old_one() {
        assert_eq!(old(("a".to_owned(), 1)).call(), (1, "a".to_owned()));
    }

    #[coro::test(start_paused)]
    fn one_that_never_ends() {
        let (sender, receiver) = coro::channel::unbounded();
        let forever = forever(receiver).spawn();
        sender.send(1).unwrap();
        coro::thread::yield_now();
        forever.kill();
        assert!(forever.join().unwrap_err().is_killed());
    }

    #[test]
    fn a_loop_can_be_called() {
        assert_eq!(format!("{:?}", run_all()), format!("{:?}", ExitCode::from(3)));
    }

    #[coro::test]
    #[should_panic(expected = "on purpose")]
    fn a_test_may_panic() {
        let panics: fn() = || panic!("on purpose");
        panics();
    }
}
