#[coro::thread]
fn serve() -> std::io::Result<!> {
    loop {
        coro::thread::park();
    }
}

fn main() {
    serve().call().unwrap();
}
