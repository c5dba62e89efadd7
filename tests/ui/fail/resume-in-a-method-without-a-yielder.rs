struct Worker(u8);

impl Worker {
    #[coro::thread]
    fn work(&self, #[resume] first: u8) -> u8 { self.0 + first }
}

fn main() { coro::run(|| Worker(1).work().call()); }
