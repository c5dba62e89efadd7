//! What is called from outside keeps its name, its result and its body, or takes nothing and gives nothing.

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

#[coro::test]
fn parameters(mut a: Vec<u8>, (b, _): &(u8, u8)) -> Result<(), u8> {
    a.push(*b);
    Ok(())
}
