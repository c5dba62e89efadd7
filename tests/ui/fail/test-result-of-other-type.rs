use coro::__private::Test;

fn main() {
    // What `#[coro::test] fn check() -> u8` expands to, without the `#[test]` that leaves it out of this program.
    let _: u8 = Test::new("check").run(|| 3);
}
