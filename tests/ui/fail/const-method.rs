struct Worker(u8);

impl Worker {
    #[coro::thread]
    const fn work(&self) -> u8 { self.0 }
}

fn main() { coro::run(|| assert_eq!(Worker(1).work().call(), 1)); }
