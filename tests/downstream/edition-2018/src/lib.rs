//! Is written in Rust of 2018, where closures take whole variables, arrays iterate by reference and `async` is a word
//! but `gen` is none.

use std::rc::Rc;

use coro::{CoroutineState, Yielder};

/// Calls one after the other what it is given.
#[coro::thread]
pub fn call_all(gen: Vec<Box<dyn Fn(u32) -> u32>>, number: u32) -> u32 {
    gen.iter().fold(number, |number, call| call(number))
}

/// Uses two fields of one parameter, each in a closure of its own.
#[coro::thread]
pub fn join_fields(pair: (Rc<str>, Rc<str>)) -> (usize, usize) {
    let (one, other) = &pair;
    coro::join(|| one.len(), || other.len())
}

/// Gives out the lengths of the texts that come in.
#[coro::thread(stack_size = 64 * 1024)]
pub fn lengths<'a>(cx: &Yielder<&'a str, usize>, #[resume] first: &'a str) {
    let mut next = first;
    while !next.is_empty() {
        next = cx.suspend(next.len());
    }
}

/// Chooses what comes first.
#[coro::thread]
pub fn choose(one: &coro::channel::Receiver<u32>, other: &coro::channel::Receiver<u32>) -> u32 {
    coro::select! {
        recv(one) -> number => number.unwrap_or_default(),
        recv(other) -> number => number.unwrap_or_default() + 100,
    }
}

/// Waits to be asked.
pub trait Ask {
    /// Answers with what it is given.
    #[coro::thread]
    fn ask<'q>(&self, gen: &'q str) -> &'q str {
        gen
    }
}

impl Ask for u8 {}

/// Runs a loop of its own.
#[coro::main(name = "boss")]
pub fn run_all() -> Result<CoroutineState<usize, ()>, coro::ResumeError<&'static str>> {
    let mut lengths = lengths().spawn();
    lengths.resume("abc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[coro::test(start_paused)]
    fn functions_mean_what_they_say() -> Result<(), coro::JoinError> {
        assert_eq!(call_all(vec![Box::new(|n| n + 1), Box::new(|n| n * 2)], 3).spawn().join()?, 8);
        assert_eq!(7.ask("what").call(), "what");
        assert_eq!(join_fields(("a".into(), "bc".into())).spawn().join()?, (1, 2));
        Ok(())
    }

    #[coro::test]
    fn the_other_comes_first() {
        let (sender, receiver) = coro::channel::unbounded();
        sender.send(1).unwrap();
        assert_eq!(choose(&coro::channel::never(), &receiver).call(), 101);
    }

    #[test]
    #[should_panic(expected = "inside")]
    fn a_panic_passes() {
        coro::run(|| panic!("inside"));
    }

    #[test]
    fn a_loop_can_be_called() {
        assert_eq!(run_all().expect("it waits for it"), CoroutineState::Yielded(3));
    }
}
