#[coro::thread]
fn twice<T>(value: T) -> (T, T) {
    (value.clone(), value)
}

fn main() {
    coro::run(|| twice(1).call());
}
