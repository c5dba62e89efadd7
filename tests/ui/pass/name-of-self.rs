#![deny(warnings)]
use std::{fmt::{Debug, Display}, rc::Rc};
#[derive(Debug)] struct Shard(u8);
impl Shard {
    #[coro::thread(name = "{self:?}/{id}")] fn shared(&self, id: String) -> String { name() }
    #[coro::thread(name = "{self:?}/{_id}")] fn counted(mut self: Rc<Self>, _id: Rc<u8>) -> String { self = Rc::new(Shard(0)); name() + &self.0.to_string() }
}
trait Handler: Debug { #[coro::thread(name = "{self:?} for {what}")] fn handle(self, what: impl Display) -> String where Self: Sized { name() } }
impl Handler for Shard {}
fn name() -> String { coro::thread::current().name().unwrap().to_owned() }

#[coro::main]
fn main() {
    let shard = Rc::new(Shard(1));
    coro::thread::scope(|scope| assert_eq!(scope.spawn_routine(shard.shared("a".into())).join().unwrap(), "Shard(1)/a"));
    assert_eq!(shard.counted(Rc::new(2)).spawn().join().unwrap(), "Shard(1)/20");
    assert_eq!(Shard(3).handle('x').spawn().join().unwrap(), "Shard(3) for x");
}
