trait Work {
    #[coro::thread]
    async fn work(&self, job: u8) -> u8;
}

impl Work for u8 {
    #[coro::thread]
    fn work(&self, job: u8) -> u8 { self + job }
}

fn main() { coro::run(|| assert_eq!(1.work(2).call(), 3)); }
