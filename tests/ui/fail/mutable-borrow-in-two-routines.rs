struct Counter(u8);

impl Counter {
    #[coro::thread]
    fn count(&mut self) { self.0 += 1; }
}

fn main() {
    let mut counter = Counter(0);
    coro::run(|| {
        let one = counter.count();
        let two = counter.count();
        coro::join(|| one.call(), || two.call());
    });
}
