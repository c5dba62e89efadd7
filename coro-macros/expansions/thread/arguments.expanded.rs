//! Every argument: two settings, and the path to a coro that has another name.
mod facade {
    pub(super) use coro as threads;
}
const KIB: usize = 1024;
fn work<'_text>(text: &'_text str) -> facade::threads::thread::Routine<'_text, usize> {
    facade::threads::__private::routine(&"worker", move || -> usize { text.len() })
        .stack_size(64 * KIB)
}
fn rest() -> ::coro::thread::Routine<'static, ()> {
    ::coro::__private::routine(&"rest", move || -> () {}).stack_size(1 << 16)
}
