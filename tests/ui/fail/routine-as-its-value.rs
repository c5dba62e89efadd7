struct Counter(u32);

#[coro::thread]
fn counter() -> Result<Counter, String> {
    Ok(Counter(1))
}

fn main() -> Result<(), String> {
    assert!(counter().is_ok());
    let _ = counter() == Err(String::new());
    let _ = counter()?;
    Ok(())
}
