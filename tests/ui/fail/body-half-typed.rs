#[coro::thread]
fn half(value: u8) -> u8 {
    let next =
}

fn main() {
    coro::run(|| half(1).call());
}
