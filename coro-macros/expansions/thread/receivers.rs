//! Every receiver: one that is borrowed lends its lifetime, one that has something to drop is taken in whole.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

struct Counter {
    count: u32,
    name: String,
}

impl Counter {
    #[coro::thread]
    fn by_value(self) -> u32 {
        self.count
    }

    #[coro::thread]
    fn by_mut_value(mut self, more: u32) -> Self {
        self.count += more;
        self
    }

    #[coro::thread]
    fn by_reference(&self) -> &str {
        &self.name
    }

    #[coro::thread]
    fn by_mut_reference(&mut self, name: &str) -> &mut u32 {
        self.name = name.to_owned();
        &mut self.count
    }

    #[coro::thread]
    fn by_named_reference<'a>(&'a self, other: &'a Self) -> &'a str {
        if self.count > other.count { &self.name } else { &other.name }
    }

    #[coro::thread]
    fn by_typed_reference(self: &Self) -> &str {
        &self.name
    }

    #[coro::thread]
    fn by_box(self: Box<Self>) -> String {
        self.name
    }

    #[coro::thread]
    fn by_rc(self: Rc<Self>, more: u32) -> u32 {
        self.count + more
    }

    #[coro::thread]
    fn by_arc(self: Arc<Self>) {}

    #[coro::thread]
    fn by_pin(mut self: Pin<&mut Self>) {
        self.count += 1;
    }
}
