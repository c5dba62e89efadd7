struct Worker(u8);

impl Worker {
    #[coro::thread]
    fn work(&self, more: &u8) -> u8 { self.0 + more }
}

fn main() {
    assert_eq!(Worker(1).work(&2).call(), 3);
}
