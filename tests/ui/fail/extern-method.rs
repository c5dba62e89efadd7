struct Worker(u8);

impl Worker {
    #[coro::thread]
    extern "C" fn work(self: Box<Self>) -> u8 { self.0 }
}

fn main() { coro::run(|| assert_eq!(Box::new(Worker(1)).work().call(), 1)); }
