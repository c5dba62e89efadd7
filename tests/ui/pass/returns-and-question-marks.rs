#[coro::thread]
fn parse(text: &str) -> Result<Option<u8>, std::num::ParseIntError> {
    if text.is_empty() { return Ok(None); }
    Ok(Some(text.parse()?))
}
#[coro::main]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    assert_eq!((parse("").call()?, parse("7").spawn().join()??), (None, Some(7)));
    parse("x").call().map_or(Ok(()), |_| Err("x is no number".into()))
}
