//! A thread that never ends has a result without values.

use std::net::SocketAddr;

#[coro::thread]
fn serve(address: SocketAddr) -> ! {
    loop {
        println!("{address}");
        coro::thread::yield_now();
    }
}

struct Watch(u8);

impl Watch {
    #[coro::thread]
    fn watch(&self) -> ! {
        std::process::exit(self.0.into())
    }
}
