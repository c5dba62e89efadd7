struct Worker { jobs: Vec<u8> }

impl Worker {
    #[coro::thread]
    fn work(&self) -> usize { self.jobs.len() }

    fn start(&self) { self.work().spawn(); }
}

fn main() { coro::run(|| Worker { jobs: vec![1] }.start()); }
