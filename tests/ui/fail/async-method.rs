use std::future::ready;

struct Worker(u8);

impl Worker {
    #[coro::thread]
    async fn work(&self) -> u8 { ready(self.0).await }
}

fn main() { coro::run(|| assert_eq!(Worker(1).work().call(), 1)); }
