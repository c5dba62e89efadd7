trait Handle<T> {
    #[coro::thread]
    fn handle(&self, value: T) -> usize;

    #[coro::thread]
    fn each(&self, values: Vec<T>) -> usize { values.into_iter().map(|value| self.handle(value).call()).sum() }
}

struct Length(usize);

impl Handle<String> for Length {
    #[coro::thread]
    fn handle(&self, value: String) -> usize { value.len() + self.0 }
}

impl<'a> Handle<&'a str> for Length {
    #[coro::thread]
    fn handle(&self, value: &'a str) -> usize { value.len() + self.0 }
}

impl Handle<u8> for Length {
    #[coro::thread]
    fn handle(&self, value: u8) -> usize { usize::from(value) + self.0 }
}

impl<T> Handle<T> for Vec<T> {
    #[coro::thread]
    fn handle(&self, _value: T) -> usize { self.len() }
}

impl<T, const N: usize> Handle<[T; N]> for Length {
    #[coro::thread]
    fn handle(&self, value: [T; N]) -> usize { value.len() + self.0 }
}

#[coro::main]
fn main() {
    assert_eq!(Length(1).handle(String::from("ab")).call() + Length(1).handle(2_u8).call(), 6);
    assert_eq!(Length(1).each(vec!["a", "ab"]).call() + vec!["a"].handle("b").call(), 6);
    assert_eq!(Length(1).handle(["a"; 3]).call(), 4);
}
