use std::fmt::Display;

struct Shelf(Vec<u8>);

impl Shelf {
    #[coro::thread]
    fn show(&self, prefix: impl Display, suffix: &impl Display) -> impl Display { format!("{prefix}{}{suffix}", self.0.len()) }

    #[coro::thread]
    fn items(&self) -> impl Iterator<Item = &u8> { self.0.iter() }
}

trait Items {
    #[coro::thread]
    fn all(&self) -> impl Iterator<Item = u8>;
}

impl Items for Shelf {
    #[coro::thread]
    fn all(&self) -> impl Iterator<Item = u8> { self.0.iter().copied() }
}

#[coro::main]
fn main() {
    let shelf = Shelf(vec![1, 2]);
    assert_eq!(shelf.show("a", &'b').call().to_string(), "a2b");
    assert_eq!(shelf.items().call().sum::<u8>() + shelf.all().call().sum::<u8>(), 6);
}
