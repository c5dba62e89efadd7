struct Worker;

impl Worker {
    #[coro::thread(name = "{self} {id}")]
    fn work(id: u32) {}
}

fn main() {
    coro::run(|| Worker::work(1).call());
}
