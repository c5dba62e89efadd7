struct Counter { count: u32, name: String }

impl Counter {
    #[coro::thread]
    fn name(&self) -> &str { &self.name }

    #[coro::thread]
    fn longest<'a>(&'a self, other: &'a str) -> &'a str { if other.len() > self.name.len() { other } else { &self.name } }

    #[coro::thread]
    fn add(&mut self, by: &u32) -> &mut u32 {
        self.count += by;
        &mut self.count
    }

    #[coro::thread]
    fn typed(self: &Self, _other: &str) -> &str { &self.name }
}

#[coro::main]
fn main() {
    let mut counter = Counter { count: 1, name: "a".to_owned() };
    *coro::thread::scope(|scope| scope.spawn_routine(counter.add(&2)).join().unwrap()) += 1;
    assert_eq!((counter.count, counter.name().call(), counter.longest("ab").call()), (4, "a", "ab"));
    assert_eq!(counter.typed("b").call(), "a");
}
