#[coro::thread]
async fn numbers(end: u8) -> impl Iterator<Item = u8> { std::future::ready(0..end).await }

fn main() { coro::run(|| { numbers(3).spawn(); }); }
