use std::convert::Infallible;

struct Server;

impl Server {
    #[coro::thread]
    fn serve(self) -> ! {
        loop {
            coro::thread::yield_now();
        }
    }
}

#[coro::thread]
fn fail(message: String) -> ! { panic!("{message}") }

#[coro::main]
fn main() {
    let server: coro::thread::JoinHandle<Infallible> = Server.serve().spawn();
    server.kill();
    assert!(server.join().unwrap_err().is_killed());
    let _endless: fn() -> u8 = || match fail("no".to_owned()).call() {};
}
