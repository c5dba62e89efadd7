#[coro::thread]
async fn work() -> usize {
    std::future::ready(1).await
}

fn main() {
    let result: usize = coro::run(|| work().call());
    println!("{result}");
}
