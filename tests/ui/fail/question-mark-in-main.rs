#[coro::main]
fn main() {
    std::fs::read("missing")?;
}
