//! A method's yielder stands behind its receiver; a trait's function only mentions what no caller fills.

use coro::Yielder;

trait Source<T> {
    #[coro::thread]
    fn items(&self, cx: &Yielder<(), T>, limit: usize) -> usize;

    #[coro::thread]
    fn replace(&mut self, cx: &Yielder<T, T>, #[resume] first: T);
}

impl<T: Clone> Source<T> for Vec<T> {
    #[coro::thread]
    fn items(&self, cx: &Yielder<(), T>, limit: usize) -> usize {
        for item in self.iter().take(limit) {
            cx.suspend(item.clone());
        }
        self.len()
    }

    #[coro::thread]
    fn replace(&mut self, cx: &Yielder<T, T>, #[resume] first: T) {
        let mut next = first;
        for item in self {
            next = cx.suspend(std::mem::replace(item, next));
        }
    }
}
