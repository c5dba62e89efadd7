struct Worker;

impl Worker {
    #[coro::thread]
    fn work(&self, letters: std::str::Chars) -> usize { letters.count() }
}

fn main() { coro::run(|| Worker.work("abc".chars()).call()); }
