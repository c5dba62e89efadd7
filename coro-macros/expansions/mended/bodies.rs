//! A body that is missing where one is needed, one that cannot stand for an `impl Trait`, and no function at all.

#[coro::test]
fn missing() -> Result<(), u8>;

#[coro::thread]
async fn opaque() -> impl Sized {
    1.await
}

#[coro::thread]
struct NoFunction;
