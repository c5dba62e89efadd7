pub trait Work {
    #[coro::thread]
    fn work(&self, mut count: usize) -> usize;
}

fn main() {}
