#[coro::thread]
fn work(&self) -> usize { 1 }

fn main() {}
