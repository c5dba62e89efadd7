#[coro::main]
fn main(arguments: Vec<String>, count: usize) -> Result<(), String> {
    println!("{}", arguments[count]);
    Ok(())
}
