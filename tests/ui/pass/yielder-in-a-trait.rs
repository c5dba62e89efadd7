#![deny(warnings)]

mod source {
    use coro::Yielder;

    pub(crate) trait Source<T> {
        #[coro::thread]
        fn items(&self, cx: &Yielder<(), T>, end: T);
        #[coro::thread]
        fn echo(self, cx: &Yielder<T, T>, #[resume] first: T)
        where
            Self: Sized,
        {
            cx.suspend(first);
        }
    }
}

impl source::Source<u8> for u8 {
    #[coro::thread]
    fn items(&self, cx: &coro::Yielder<(), u8>, end: u8) { (*self..end).for_each(|item| cx.suspend(item)) }
}

#[coro::main]
fn main() {
    use source::Source;
    coro::thread::scope(|scope| assert!(scope.spawn_resumable(2.items(4)).eq([2, 3])));
    assert_eq!(1.echo().spawn().resume(3).unwrap(), coro::CoroutineState::Yielded(3));
}
