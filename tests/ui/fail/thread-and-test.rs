#[coro::thread]
#[test]
fn check() {}

fn main() {
    coro::run(|| check().call());
}
