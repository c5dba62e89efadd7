use coro::Yielder;

struct Sum(u8);

impl Sum {
    #[coro::thread]
    fn add(#[resume] self, cx: &Yielder<u8, u8>, first: u8) { cx.suspend(self.0 + first); }
}

fn main() { coro::run(|| { let _ = Sum(1).add().spawn(); }); }
