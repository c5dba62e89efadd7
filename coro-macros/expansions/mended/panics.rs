//! A test that has to panic returns nothing.

#[coro::test]
#[should_panic]
fn it_panics() -> Result<(), u8> {
    Err(1)
}
