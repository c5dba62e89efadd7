macro_rules! make {
    ($(#[$meta:meta])* $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty $body:block, $size:expr) => {
        $(#[$meta])* #[coro::thread(stack_size = $size)] fn $name($($arg: $ty),*, _more: u8) -> $ret $body
    };
}
make!(/** Documented. */ work(a: &str, b: Vec<impl Into<u8>>) -> Option<&str> { b.first()?; Some(a) }, 1 << 16);

#[coro::main]
fn main() { assert_eq!(work("a", vec![1], 2).call(), Some("a")) }
