#[coro::test(seed = 18446744073709551616)]
fn draws() {}

#[coro::test(seeds = 7u32)]
fn draws_many() {}

fn main() {}
