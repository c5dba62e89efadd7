struct Failure;

#[coro::main]
fn main() -> Result<(), Failure> {
    Err(Failure)
}
