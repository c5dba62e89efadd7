struct Worker(u8);

impl Worker {
    #[coro::thread]
    fn work(self, more: u8, step: Vec<u8>) -> u8 {
        more += 1;
        step.push(more);
        self.0 += more;
        self.0
    }
}

fn main() { coro::run(|| Worker(1).work(1, vec![]).call()); }
