struct Worker(u8);

impl Worker {
    #[coro::thread]
    fn work(&self, #[cfg(any())] a: NoSuchType, #[cfg(not(any()))] b: Vec<u8>, #[cfg(any())] c: &str) -> usize {
        usize::from(self.0) + b.len()
    }

    #[cfg(any())]
    #[coro::thread]
    fn absent(self) -> NoSuchType { NoSuchType }
}

#[coro::main]
fn main() { assert_eq!(Worker(1).work(vec![2]).call(), 2) }
