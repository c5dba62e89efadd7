trait Greet {
    fn name(&self) -> String;

    #[coro::thread]
    fn greet(&self, greeting: &str) -> String { format!("{greeting}, {}", self.name()) }

    #[coro::thread]
    fn consume(self) -> String
    where
        Self: Sized,
    {
        self.name()
    }
}

impl Greet for u8 {
    fn name(&self) -> String { self.to_string() }
}

impl Greet for &str {
    fn name(&self) -> String { self.to_uppercase() }

    #[coro::thread]
    fn greet(&self, greeting: &str) -> String { format!("{greeting}: {self}") }
}

#[coro::main]
fn main() {
    assert_eq!((7.greet("hello").call(), "x".greet("hello").call()), ("hello, 7".to_owned(), "hello: x".to_owned()));
    assert_eq!("x".consume().spawn().join().unwrap(), "X");
}
