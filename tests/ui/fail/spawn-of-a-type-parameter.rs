#[coro::thread]
fn show<T: ToString>(value: T) -> String { value.to_string() }

fn spawn<T: ToString>(value: T) {
    show(value).spawn();
}

fn main() {
    coro::run(|| spawn(1));
}
