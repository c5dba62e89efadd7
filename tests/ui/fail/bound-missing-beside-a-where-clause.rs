#[coro::thread]
fn shown<T, F>(value: T, f: F) -> String
where
    F: Fn(&T),
{
    f(&value);
    value.to_string()
}

fn main() {
    coro::run(|| shown(1, |_| ()).call());
}
