//! Every argument: two settings, and the path to a coro that has another name.

mod facade {
    pub(super) use coro as threads;
}

const KIB: usize = 1024;

#[coro::thread(name = "worker", stack_size = 64 * KIB, crate = facade::threads)]
fn work(text: &str) -> usize {
    text.len()
}

#[coro::thread(stack_size = 1 << 16)]
fn rest() {}
