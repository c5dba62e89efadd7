trait Work {
    #[coro::thread]
    fn work(self) -> u8;
}

fn main() {
    fn call(worker: impl Work) -> u8 { worker.work().call() }
}
