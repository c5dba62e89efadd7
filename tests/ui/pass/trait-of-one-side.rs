//! The attribute on a method of a trait or on what implements it alone, the other side written by hand.

use coro::thread::Routine;

trait ByHand {
    fn value(&self) -> Routine<'_, u8>;
}

impl ByHand for u8 {
    #[coro::thread]
    fn value(&self) -> u8 { *self }
}

trait Annotated {
    #[coro::thread]
    fn value(&self) -> u8;
}

impl Annotated for u8 {
    fn value(&self) -> Routine<'_, u8> { Routine::from_fn(|| *self) }
}

#[coro::main]
fn main() { assert_eq!(ByHand::value(&1).call() + Annotated::value(&2).call(), 3) }
