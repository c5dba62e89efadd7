#[coro::thread]
fn shown<T>(value: T) -> String {
    format!("{value}")
}

fn main() {
    coro::run(|| shown(1).call());
}
