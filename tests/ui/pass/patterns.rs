#[coro::thread]
fn work(mut a: u8, (b, _): (u8, String), [c, ..]: [u8; 3], _: Vec<u8>, &d: &u8, _e: u8) -> u8 {
    a += b + c;
    a + d
}

#[coro::main]
fn main() {
    assert_eq!(work(1, (2, String::new()), [3, 0, 0], vec![], &4, 5).call(), 10);
}
