#[coro::thread]
pub struct Worker;

fn main() {
    let _worker = Worker;
}
