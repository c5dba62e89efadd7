use coro::thread::Routine;

trait Handle {
    fn handle(&self, value: u8) -> Routine<'_, u8>;
}

struct Double;

impl Handle for Double {
    #[coro::thread]
    fn handle(&self, value: u8) -> u8 { 2 * value }
}

fn main() { coro::run(|| assert_eq!(Double.handle(2).call(), 4)); }
