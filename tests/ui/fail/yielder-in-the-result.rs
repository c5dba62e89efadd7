#[coro::thread]
fn keep(cx: &coro::Yielder<(), u8>) -> &'static coro::Yielder<(), u8> {
    cx
}

fn main() { coro::run(|| keep().spawn().count()); }
