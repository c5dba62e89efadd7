const NAME: &str = "worker";

#[coro::thread(name = NAME)]
fn work() {}

#[coro::main(name = concat!("a", "b"))]
fn main() {
    work().named(NAME).call();
}
