//! Names with placeholders, formatted before the arguments move; one that only the name mentions is used in the body.

use coro::Yielder;
use std::net::SocketAddr;

#[coro::thread(name = "worker {id}")]
fn work(id: usize) {
    coro::thread::yield_now();
}

#[coro::thread(name = "{peer}/{retries:02} {N}")]
fn serve<const N: usize>(peer: SocketAddr, mut retries: u32) -> u32 {
    retries += 1;
    retries
}

#[coro::thread(name = "{_label} {_level} {{braces}}")]
fn log(_label: String, _level: u8) {}

#[coro::thread(name = "numbers from {from}")]
fn numbers(cx: &Yielder<(), u32>, from: u32) {
    (from..).for_each(|number| cx.suspend(number));
}

#[coro::thread(name = "just {{braces}}")]
fn plain() {}

#[derive(Debug)]
struct Counter(u32);

impl Counter {
    #[coro::thread(name = "{self:?}")]
    fn count(&mut self) {
        self.0 += 1;
    }

    #[coro::thread(name = "end of {self:?}")]
    fn end(self) {}
}
