#[coro::thread]
fn work(text: String) -> &'static str {
    text.trim()
}

fn main() {
    coro::run(|| work(String::new()).call());
}
