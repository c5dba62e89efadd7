struct Counter(usize);

impl Counter {
    #[coro::thread]
    fn of(text: &str) -> Self { Self(text.len()) }
}

#[coro::main]
fn main() { assert_eq!(Counter::of("abc").call().0, 3) }
