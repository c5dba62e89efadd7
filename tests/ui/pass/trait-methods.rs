use std::rc::Rc;

trait Shape: Sized {
    #[coro::thread]
    fn unit() -> Self;
    #[coro::thread]
    fn area(&self) -> f64;
    #[coro::thread]
    fn grow(&mut self, by: f64);
    #[coro::thread]
    fn larger(self, other: Self) -> Self;
    #[coro::thread]
    fn shared(self: Rc<Self>) -> f64;
}

struct Square(f64);

impl Shape for Square {
    #[coro::thread]
    fn unit() -> Self { Self(1.0) }
    #[coro::thread]
    fn area(&self) -> f64 { self.0 * self.0 }
    #[coro::thread]
    fn grow(&mut self, by: f64) { self.0 *= by }
    #[coro::thread]
    fn larger(self, other: Self) -> Self { if other.0 > self.0 { other } else { self } }
    #[coro::thread]
    fn shared(self: Rc<Self>) -> f64 { self.area().call() }
}

fn check<S: Shape + 'static>() {
    let mut shape = S::unit().spawn().join().unwrap();
    shape.grow(3.0).call();
    assert_eq!(shape.area().call(), 9.0);
    let larger = shape.larger(S::unit().call()).spawn().join().unwrap();
    assert_eq!(Rc::new(larger).shared().spawn().join().unwrap(), 9.0);
}

#[coro::main]
fn main() { check::<Square>() }
