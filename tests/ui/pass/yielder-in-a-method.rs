use coro::{CoroutineState, Yielder};

struct Range(u8, u8);

impl Range {
    #[coro::thread]
    fn items(&self, cx: &Yielder<(), u8>) { (self.0..self.1).for_each(|item| cx.suspend(item)) }

    #[coro::thread]
    fn sums(self, cx: &Yielder<u8, u8>, start: Vec<u8>, #[resume] first: u8) -> usize {
        let next = cx.suspend(first + self.0);
        cx.suspend(next + self.1);
        start.len()
    }
}

#[coro::main]
fn main() {
    let range = Range(1, 4);
    coro::thread::scope(|scope| assert!(scope.spawn_resumable(range.items()).eq([1, 2, 3])));
    let mut sums = range.sums(vec![0]).spawn();
    assert_eq!(sums.resume(1).unwrap(), CoroutineState::Yielded(2));
    assert_eq!(sums.resume(1).unwrap(), CoroutineState::Yielded(5));
    assert_eq!(sums.resume(1).unwrap(), CoroutineState::Complete(1));
}
