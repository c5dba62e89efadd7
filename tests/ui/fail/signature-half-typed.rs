#[coro::thread]
fn double(number: ) -> u8 { 2 }

#[coro::thread]
fn first(_: &dyn Send + Sync) -> u8 { 1 }

#[coro::thread]
pub(nowhere) fn run() {}

fn main() {}
