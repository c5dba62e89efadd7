use coro::Yielder;

struct List(Vec<u8>);

impl List {
    #[coro::thread]
    fn items(self, more: u8, cx: &Yielder<(), u8>) { self.0.iter().for_each(|n| cx.suspend(n + more)); }
}

fn main() { coro::run(|| List(vec![1]).items(2).spawn().count()); }
