struct Worker;

impl Worker {
    #[coro::thread]
    fn work(&self) -> u8;
}

fn main() { coro::run(|| Worker.work().call()); }
