#[coro::thread]
fn forever(_guard: String) {
    loop { coro::thread::park() }
}

#[coro::main(name = "boss", stack_size = 64 * 1024)]
fn main() -> impl std::process::Termination {
    drop(forever(String::new()).spawn());
}
