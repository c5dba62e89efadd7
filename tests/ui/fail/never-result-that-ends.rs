#[coro::thread]
fn serve(count: usize) -> ! {
    for _ in 0..count {
        coro::thread::park();
    }
}

fn main() { coro::run(|| drop(serve(3))); }
