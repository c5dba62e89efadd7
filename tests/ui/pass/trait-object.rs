//! A trait whose methods are threads can be a trait object, which one with an `async fn` cannot.

use std::rc::Rc;

trait Handle<T> {
    #[coro::thread]
    fn handle(&self, value: T) -> usize;

    #[coro::thread]
    fn boxed(self: Box<Self>, value: T) -> usize;

    #[coro::thread]
    fn shared(self: Rc<Self>) -> usize { 7 }
}

impl Handle<u8> for usize {
    #[coro::thread]
    fn handle(&self, value: u8) -> usize { self + usize::from(value) }

    #[coro::thread]
    fn boxed(self: Box<Self>, value: u8) -> usize { self.handle(value).call() }
}

#[coro::main]
fn main() {
    let handlers: Vec<Box<dyn Handle<u8>>> = vec![Box::new(1), Box::new(2)];
    let sum: usize = handlers.iter().map(|handler| handler.handle(3).call()).sum();
    let spawned = handlers.into_iter().map(|handler| handler.boxed(3).spawn());
    assert_eq!((sum, spawned.map(|thread| thread.join().unwrap()).sum()), (9, 9));
    let shared: Rc<dyn Handle<u8>> = Rc::new(1);
    assert_eq!(shared.shared().spawn().join().unwrap(), 7);
}
