#[coro::main]
async fn main() -> std::io::Result<()> {
    std::future::ready(Ok(())).await
}
