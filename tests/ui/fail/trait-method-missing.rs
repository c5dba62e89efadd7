trait Work {
    #[coro::thread]
    fn work(&self, count: usize) -> String;
}

struct Worker;

impl Work for Worker {}

fn main() {}
