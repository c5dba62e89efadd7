struct Worker { jobs: Vec<u8> }

impl Worker {
    #[coro::thread]
    fn work(&self) -> usize { self.jobs.len() }
}

fn main() {
    coro::run(|| {
        let worker = Worker { jobs: vec![1] };
        worker.work().spawn();
    });
}
