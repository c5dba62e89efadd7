mod facade { pub use coro; }
mod deep {
    use coro as threads;
    #[coro::thread(crate = self::threads, name = "{id}")] fn by_self(id: u8) -> u8 { id }
    #[coro::thread(crate = super::facade::coro)] fn by_super(cx: &coro::Yielder<(), u8>) { cx.suspend(2) }
    #[coro::main(crate = crate::facade::coro)]
    pub fn main() { assert_eq!((by_self(1).call(), by_super().spawn().next()), (1, Some(2))) }
}
#[coro::test(crate = ::coro)]
fn check() {}
fn main() { deep::main() }
