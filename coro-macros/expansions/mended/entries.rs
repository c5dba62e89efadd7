//! What is called from outside keeps its name and its result, or takes nothing and gives nothing.

#[coro::main]
async fn main() -> Result<(), u8> {
    work().await
}

#[coro::test]
fn takes<T>(a: T) -> T
where
    T: Copy,
{
    a
}

#[coro::test]
#[test]
fn twice() {}

#[coro::main]
unsafe fn run() {
    coro::thread::yield_now();
}
