trait Handle {
    #[coro::thread]
    fn handle(&self) -> u8;
}

struct Double;

impl Handle for Double {
    fn handle(&self) -> u8 { 2 }
}

fn main() { coro::run(|| assert_eq!(Double.handle().call(), 4)); }
