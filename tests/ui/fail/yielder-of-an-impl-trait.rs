#[coro::thread]
fn shout(cx: &coro::Yielder<(), impl ToString>) -> impl Sized {
    cx.suspend("a");
}

fn main() { coro::run(|| shout().spawn().count()); }
