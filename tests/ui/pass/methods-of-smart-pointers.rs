use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

struct Number(u32);

impl Number {
    #[coro::thread]
    fn boxed(self: Box<Self>) -> Self { *self }

    #[coro::thread]
    fn shared(self: Rc<Self>) -> u32 { self.0 }

    #[coro::thread]
    fn unique(mut self: Arc<Self>) -> Option<u32> {
        Arc::get_mut(&mut self)?.0 += 1;
        Some(self.0)
    }

    #[coro::thread]
    fn pinned(self: Pin<&mut Self>, by: u32) -> &mut u32 {
        let number = &mut self.get_mut().0;
        *number += by;
        number
    }
}

#[coro::main]
fn main() {
    let mut number = Box::new(Number(1)).boxed().spawn().join().unwrap();
    assert_eq!(Pin::new(&mut number).pinned(2).call(), &3);
    assert_eq!(Rc::new(number).shared().spawn().join().unwrap(), 3);
    assert_eq!(Arc::new(Number(4)).unique().spawn().join().unwrap(), Some(5));
}
