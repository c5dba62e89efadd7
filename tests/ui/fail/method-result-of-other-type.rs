struct Worker(String);

impl Worker {
    #[coro::thread]
    fn work(&self, more: Vec<u8>) -> usize { drop(more); self.0.len().to_string() }
}

fn main() { coro::run(|| Worker(String::new()).work(vec![]).call()); }
