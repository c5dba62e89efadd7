struct Counter { count: u32, name: String }

impl Counter {
    #[coro::thread]
    fn name(self) -> String { self.name }

    #[coro::thread]
    fn add(mut self, by: u32) -> Self {
        self.count += by;
        self
    }
}

#[coro::main]
fn main() {
    let counter = Counter { count: 1, name: "a".to_owned() };
    let counter = counter.add(2).spawn().join().unwrap();
    assert_eq!((counter.count, counter.name().call()), (3, "a".to_owned()));
}
