trait Work {
    #[coro::thread]
    fn work(count: usize) -> usize;
}

fn main() {
    fn call<W: Work>() -> usize { W::work(3).call() }
}
