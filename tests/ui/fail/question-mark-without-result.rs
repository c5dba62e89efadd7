#[coro::thread]
fn work(text: &str) {
    text.parse::<u8>()?;
}

fn main() {
    coro::run(|| work("1").call());
}
