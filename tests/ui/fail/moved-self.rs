struct Worker(String);

impl Worker {
    #[coro::thread]
    fn work(self) -> usize { self.0.len() }
}

fn main() {
    let worker = Worker("abc".to_owned());
    coro::run(|| worker.work().call());
    println!("{}", worker.0);
}
