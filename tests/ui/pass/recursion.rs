#[coro::thread]
fn fibonacci(n: u64) -> u64 {
    if n < 2 { return n; }
    let one = fibonacci(n - 1).spawn();
    fibonacci(n - 2).call() + one.join().unwrap()
}

#[coro::main]
fn main() { assert_eq!(fibonacci(10).call(), 55) }
