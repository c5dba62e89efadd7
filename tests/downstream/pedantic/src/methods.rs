//! Methods, and functions of traits.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

/// A list that its methods fill and read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<T> {
    items: Vec<T>,
}

impl<T: Clone + PartialEq> List<T> {
    /// Makes a list; has nothing to do with `self`.
    #[coro::thread]
    pub fn of(items: &[T]) -> Self {
        Self { items: items.to_vec() }
    }

    /// Looks at the list.
    #[coro::thread]
    pub fn count(&self, item: &T) -> usize {
        self.items.iter().filter(|other| *other == item).count()
    }

    /// Borrows from the list.
    #[coro::thread]
    pub fn first(&self) -> Option<&T> {
        self.items.first()
    }

    /// Changes the list.
    #[coro::thread(name = "pusher")]
    pub fn push(&mut self, item: T) -> &mut Self {
        self.items.push(item);
        self
    }

    /// Takes the list.
    #[coro::thread]
    pub fn into_items(mut self, more: impl IntoIterator<Item = T>) -> Vec<T> {
        self.items.extend(more);
        self.items
    }

    /// Takes a shared list.
    #[coro::thread]
    pub fn shared(self: Rc<Self>, other: Rc<RefCell<Self>>) -> bool {
        other.borrow().items == self.items
    }

    /// Takes a list that may be elsewhere too.
    #[coro::thread]
    pub fn length(self: Arc<Self>) -> usize {
        self.items.len()
    }

    /// Gives out the list item by item.
    #[coro::thread]
    pub fn each(&self, cx: &coro::Yielder<(), T>)
    where
        T: 'static,
    {
        for item in &self.items {
            cx.suspend(item.clone());
        }
    }
}

impl<'a> List<&'a str> {
    /// Joins what the list borrows.
    #[coro::thread(name = "joiner of {self:?} with {between}")]
    pub fn join(&self, between: &str) -> String {
        self.items.join(between)
    }

    /// Gives what outlives the list.
    #[coro::thread]
    pub fn last(self: Box<Self>) -> Option<&'a str> {
        self.items.last().copied()
    }

    /// Never ends.
    #[coro::thread]
    pub fn stay(self: &Rc<Self>) -> ! {
        loop {
            coro::thread::park();
        }
    }
}

/// Whatever can be asked.
pub trait Ask {
    /// What it answers.
    type Answer: Debug + 'static;

    /// Answers.
    #[coro::thread]
    fn ask(&self, question: &str) -> Self::Answer;

    /// Answers twice, if nobody says otherwise.
    #[coro::thread]
    fn ask_twice(&self, question: &str) -> (Self::Answer, Self::Answer) {
        (self.ask(question).call(), self.ask(question).call())
    }

    /// Has no more to say.
    #[coro::thread]
    fn end(self: Box<Self>) -> bool {
        true
    }
}

/// Answers with the length of the question.
#[derive(Clone, Copy, Debug)]
pub struct Ruler;

impl Ask for Ruler {
    type Answer = usize;

    #[coro::thread]
    fn ask(&self, question: &str) -> usize {
        question.len()
    }
}

/// Answers with a part of what it borrows.
#[derive(Debug)]
pub struct Book<'a>(pub &'a str);

impl Ask for Book<'_> {
    type Answer = String;

    #[coro::thread]
    fn ask(&self, question: &str) -> String {
        self.0.replace(question, "?")
    }

    #[coro::thread(name = "twice")]
    fn ask_twice(&self, question: &str) -> (String, String) {
        let mut answer = self.ask(question).call();
        answer.push('!');
        (answer.clone(), answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[coro::test]
    fn methods_run_in_place_and_in_scopes() {
        let mut list = List::of(&[1, 2, 1]).call();
        assert_eq!((list.count(&1).call(), list.first().call()), (2, Some(&1)));
        assert_eq!(list.push(4).call().push(5).call().count(&1).call(), 2);
        let count = coro::thread::scope(|scope| {
            scope.spawn_routine(list.count(&5)).join().expect("it returns")
        });
        assert_eq!((count, list.into_items([6]).call().len()), (1, 6));
    }

    #[coro::test(seeds = 2)]
    fn methods_of_what_is_owned_are_spawned() -> Result<(), coro::JoinError> {
        let list = List { items: vec!['a'] };
        let same = Rc::new(list.clone()).shared(Rc::new(RefCell::new(list.clone())));
        assert!(same.spawn().join()?);
        assert_eq!(Arc::new(list.clone()).length().spawn().join()?, 1);
        assert_eq!(list.into_items(['b']).spawn().join()?, ['a', 'b']);
        Ok(())
    }

    #[coro::test]
    fn methods_know_what_the_block_borrows() {
        let text = String::from("b");
        let list = List { items: vec!["a", &text] };
        assert_eq!(list.join("-").call(), "a-b");
        let stays = Rc::new(list.clone());
        coro::thread::scope(|scope| {
            let stay = scope.spawn_routine(stays.stay());
            coro::thread::yield_now();
            stay.kill();
            assert!(stay.join().is_err());
        });
        assert_eq!(Box::new(list).last().call(), Some("b"));
    }

    #[coro::test]
    fn a_method_gives_out_values() {
        let list = List { items: vec![1, 2] };
        let items =
            coro::thread::scope(|scope| scope.spawn_resumable(list.each()).collect::<Vec<_>>());
        assert_eq!(items, [1, 2]);
    }

    #[coro::test]
    fn traits_have_threads() {
        assert_eq!(Ruler.ask("abc").call(), 3);
        assert_eq!(Ruler.ask_twice("ab").call(), (2, 2));
        assert_eq!(Book("a b").ask_twice("b").call().1, "a ?!");
        assert!(Box::new(Ruler).end().spawn().join().unwrap());
    }
}
