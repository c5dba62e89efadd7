#[coro::test]
fn check(count: usize) {
    assert_eq!(count, 1);
}

fn main() {}
