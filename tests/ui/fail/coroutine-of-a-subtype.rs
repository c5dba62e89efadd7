use coro::coroutine::Coroutine;

fn narrowed(
    c: Coroutine<(), for<'a> fn(&'a u8), ()>,
) -> Coroutine<(), fn(&'static u8), ()> {
    c
}

fn main() {}
