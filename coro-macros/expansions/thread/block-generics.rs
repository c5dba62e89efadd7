//! Types and lifetimes of the block around a method outlive its routine.

struct Queue<'a, T> {
    items: Vec<&'a T>,
}

impl<'a, T: PartialEq> Queue<'a, T> {
    #[coro::thread]
    fn push(&mut self, item: &'a T) {
        self.items.push(item);
    }

    #[coro::thread]
    fn find(&self, item: &T) -> Option<&'a T> {
        self.items.iter().copied().find(|other| *other == item)
    }

    #[coro::thread]
    fn map<U>(self, f: impl Fn(&'a T) -> U) -> Vec<U> {
        self.items.into_iter().map(f).collect()
    }
}

trait Handler<T> {
    #[coro::thread]
    fn handle(&self, value: T) -> bool;

    #[coro::thread]
    fn handle_all<I: Iterator<Item = T>>(&self, values: I, limit: usize) -> usize {
        values.take(limit).filter(|_| true).count()
    }
}

impl<T: PartialEq> Handler<T> for Vec<T> {
    #[coro::thread]
    fn handle(&self, value: T) -> bool {
        self.contains(&value)
    }
}

impl<'x> Handler<&'x str> for String {
    #[coro::thread]
    fn handle(&self, value: &'x str) -> bool {
        self == value
    }
}
