use coro::Yielder;

#[coro::thread]
fn count(end: u8, cx: &mut Yielder<(), u8>) { (0..end).for_each(|number| cx.suspend(number)); }

fn main() { coro::run(|| { let _ = count(3).spawn(); }); }
