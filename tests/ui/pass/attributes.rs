#[coro::thread]
#[allow(unused_variables)]
#[cfg(not(any()))]
pub(crate) fn work(#[cfg(any())] a: u8, #[expect(unused_mut)] mut b: u8) -> u8 {
    #![deny(unused_mut)]
    b
}

#[coro::main]
fn main() { assert_eq!(work(1).call(), 1) }
