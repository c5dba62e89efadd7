trait Handle<T> {
    #[coro::thread]
    fn handle(&self, value: T) -> usize;
}

struct Length;

impl Handle<&str> for Length {
    #[coro::thread]
    fn handle(&self, value: &str) -> usize { value.len() }
}

fn main() { coro::run(|| assert_eq!(Length.handle("abc").call(), 3)); }
