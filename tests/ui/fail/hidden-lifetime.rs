#[coro::thread]
fn work(letters: std::str::Chars) -> usize {
    letters.count()
}

fn main() {
    coro::run(|| work("abc".chars()).call());
}
