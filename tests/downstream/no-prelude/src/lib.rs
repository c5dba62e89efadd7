//! Has no prelude, and names of its own for nearly all that is in it: what the attributes write must not meet them.

#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]

#[macro_use]
pub mod rivals;

use ::std::iter::Iterator as _;
use rivals::*;

/// A number in a box, none of the usual things.
#[::coro::thread]
pub fn number(some: Box<u32>, _: Option) -> Result {
    Result(some.0)
}

/// Takes patterns and borrows, and has a last expression of its own.
#[::coro::thread(name = "lengths of {other:?}", stack_size = 64 * 1024)]
pub fn lengths<'a, T: ?::std::marker::Sized>(
    (one, _): (&'a str, &T),
    mut other: ::std::vec::Vec<&'a str>,
    _last: impl ::std::convert::Into<u8>,
) -> impl ::std::iter::Iterator<Item = usize> {
    other.push(one);
    ::std::iter::IntoIterator::into_iter(other).map(str::len)
}

/// Has its name from a parameter.
#[::coro::thread(name = "{text}{{}}")]
pub fn named(text: &'static str) -> usize {
    let name = ::coro::thread::current();
    name.name().is_some_and(|name| name.ends_with("{}")) as usize * text.len()
}

/// Goes on for as long as something comes in.
#[::coro::thread]
pub fn pass(cx: &::coro::Yielder<usize, Some>, rest: &mut u64, #[resume] value: usize) -> String {
    let mut value = value;
    while value > 0 {
        *rest += 1;
        value = cx.suspend(Some(value));
    }
    String
}

impl<T: ::std::cmp::PartialEq> Box<T> {
    /// Takes itself, in a box of another kind.
    #[::coro::thread]
    pub fn open(self: ::std::boxed::Box<Self>, other: &T) -> bool {
        self.0 == *other
    }

    /// Looks at itself for as long as it lives.
    #[::coro::thread]
    pub fn stay(&self, mut count: ::std::boxed::Box<u8>) -> ! {
        loop {
            *count += 1;
            ::coro::thread::park();
        }
    }
}

/// Is answered somewhere else.
pub trait Answer {
    /// Answers.
    #[::coro::thread]
    fn answer(&self, Some(number): Some) -> usize {
        number
    }
}

impl Answer for Option {}

/// Runs a loop of its own.
#[::coro::main(name = "boss", stack_size = 128 * 1024)]
pub fn run_all() -> u64 {
    let mut passed = 0;
    ::coro::thread::scope(|scope| {
        let mut pass = scope.spawn_resumable(pass(&mut passed));
        for value in [2, 1, 0] {
            ::std::assert!(pass.resume(value).is_ok());
        }
    });
    passed
}

/// Chooses from a channel and a condition.
#[::coro::thread]
pub fn choose(
    numbers: &::coro::channel::Receiver<u32>,
    open: &::coro::sync::Event,
) -> ::std::option::Option<u32> {
    ::coro::select! {
        recv(numbers) -> number => number.ok(),
        wait(open) => ::std::option::Option::None,
    }
}

::coro::local! {
    /// What each thread has counted.
    pub static COUNT: ::std::cell::Cell<u8> = ::std::cell::Cell::new(3);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[::coro::test(start_paused, seeds = 3, timeout = 0.5)]
    fn own_names_are_left_alone() -> ::std::result::Result<(), ::coro::JoinError> {
        ::std::assert_eq!(number(Box(7), Option).spawn().join()?.0, 7);
        ::std::assert!(::std::boxed::Box::new(Box(7)).open(&7).call());
        let boxed = Box(7);
        ::coro::thread::scope(|scope| {
            let stay = scope.spawn_routine(boxed.stay(::std::boxed::Box::new(1)));
            ::coro::thread::yield_now();
            stay.kill();
            ::std::assert!(stay.join().is_err());
        });
        ::std::assert_eq!(Option.answer(Some(3)).call(), 3);
        ::std::assert_eq!(named("b").spawn().join()?, 1);
        ::std::assert!(lengths(("a", "b"), ::std::vec!["cd"], 1).call().eq([2, 1]));
        ::std::result::Result::Ok(())
    }

    #[::coro::test]
    fn a_choice_is_made() {
        let (sender, numbers) = ::coro::channel::unbounded();
        ::std::assert!(sender.send(1).is_ok());
        let open = ::coro::sync::Event::new();
        ::std::assert_eq!(choose(&numbers, &open).call(), ::std::option::Option::Some(1));
        ::std::assert_eq!(COUNT.get(), 3);
    }

    #[test]
    fn a_loop_can_be_called() {
        ::std::assert_eq!(run_all(), 2);
    }
}
