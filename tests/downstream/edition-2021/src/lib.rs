//! Is written in Rust of 2021: what the attributes write has to mean there what it says.
//!
//! `gen` is a name, the temporaries of a last expression outlive the block's variables, and `impl Trait` in a result
//! holds no lifetime that it does not name.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use coro::{CoroutineState, Yielder};

/// A word that later editions keep for themselves, wherever a name can stand.
#[coro::thread]
pub fn gen(gen: &str) -> usize {
    gen.len()
}

/// Borrows a parameter in the last expression, which in a function is dropped before the parameter.
#[coro::thread]
pub fn last(items: RefCell<Vec<u32>>) -> u32 {
    *items.borrow().last().unwrap_or(&0)
}

/// The same with a pattern, a statement before it and a condition at the end.
#[coro::thread]
pub fn distance((items, least): (Rc<RefCell<Vec<u32>>>, u32)) -> u32 {
    items.borrow_mut().push(least);
    if let Some(largest) = items.borrow().iter().max() {
        largest - least
    } else {
        least
    }
}

/// Returns what holds no borrow, so that the argument may go first.
#[coro::thread]
pub fn squares(numbers: Vec<u32>, factor: u32) -> impl Iterator<Item = u32> {
    numbers.into_iter().map(move |number| number * number * factor)
}

/// Returns what holds the borrow that it names.
#[coro::thread]
pub fn words<'a>(text: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    text.split(' ')
}

/// Counts the values with a yielder, whose last expression borrows as well.
#[coro::thread]
pub fn gather(cx: &Yielder<u32, usize>, seen: RefCell<Vec<u32>>, #[resume] first: u32) -> usize {
    let mut next = first;
    while next > 0 {
        seen.borrow_mut().push(next);
        next = cx.suspend(seen.borrow().len());
    }
    seen.borrow().len()
}

/// Says when it is dropped.
#[derive(Debug)]
pub struct Bell<'a>(pub &'a Cell<u32>);

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Mentions one field of a parameter only; the closure around the body has to take all of it.
#[coro::thread]
pub fn first((bell, _rest): (u32, Bell<'_>), _unused: Bell<'_>) -> u32 {
    bell
}

/// Keeps numbers.
#[derive(Debug, Default)]
pub struct Store(RefCell<Vec<u32>>);

impl Store {
    /// Borrows what it owns in the last expression, beside a parameter that is borrowed as well.
    #[coro::thread]
    pub fn sum(self, more: RefCell<Vec<u32>>) -> u32 {
        self.0.borrow().iter().chain(&*more.borrow()).sum()
    }

    /// Returns what borrows the store and names it.
    #[coro::thread]
    pub fn largest<'a>(&'a self, gen: &'a [u32]) -> impl Iterator<Item = &'a u32> + 'a {
        gen.iter().filter(|number| self.0.borrow().iter().all(|other| other < number))
    }
}

/// Runs a loop of its own.
#[coro::main]
pub fn run_all() -> Result<CoroutineState<usize, usize>, coro::ResumeError<u32>> {
    let mut gather = gather(RefCell::default()).spawn();
    gather.resume(7)?;
    gather.resume(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[coro::test(seeds = 2)]
    fn functions_mean_what_they_say() -> Result<(), coro::JoinError> {
        assert_eq!(r#gen("abc").spawn().join()?, 3);
        assert_eq!(last(RefCell::new(vec![1, 2])).spawn().join()?, 2);
        assert_eq!(distance((Rc::default(), 4)).spawn().join()?, 0);
        assert_eq!(squares(vec![1, 2], 3).spawn().join()?.collect::<Vec<_>>(), [3, 12]);
        Ok(())
    }

    #[test]
    fn methods_mean_what_they_say() {
        let store = Store(RefCell::new(vec![1, 2]));
        assert_eq!(store.largest(&[2, 3]).call().collect::<Vec<_>>(), [&3]);
        assert_eq!(store.sum(RefCell::new(vec![4])).call(), 7);
    }

    #[test]
    fn a_result_borrows_what_it_names() {
        let text = String::from("a b");
        assert_eq!(words(&text).call().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn arguments_are_dropped_with_the_routine() {
        let rung = Cell::new(0);
        let routine = first((7, Bell(&rung)), Bell(&rung));
        assert_eq!(rung.get(), 0);
        assert_eq!((routine.call(), rung.get()), (7, 2));
        drop(first((7, Bell(&rung)), Bell(&rung)));
        assert_eq!(rung.get(), 4);
    }

    #[test]
    fn a_loop_can_be_called() {
        assert_eq!(run_all().expect("each resume finds it waiting"), CoroutineState::Complete(1));
    }
}
