#[coro::thread]
fn numbers<'a>(cx: &'a coro::Yielder<(), usize>, list: &'a [usize]) {
    list.iter().for_each(|n| cx.suspend(*n));
}

fn main() { coro::run(|| assert_eq!(numbers(&[1, 2]).spawn().count(), 2)); }
