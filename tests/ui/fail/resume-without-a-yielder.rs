#[coro::thread]
fn work(label: &str, #[resume] first: f64) -> f64 {
    println!("{label}");
    first
}

fn main() {
    coro::run(|| work("first").call());
}
