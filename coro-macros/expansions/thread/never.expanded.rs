//! A thread that never ends has a result without values.
use std::net::SocketAddr;
fn serve(
    address: SocketAddr,
) -> ::coro::thread::Routine<'static, ::core::convert::Infallible> {
    ::coro::__private::routine(
        &"serve",
        move || -> ::core::convert::Infallible {
            let address = address;
            loop {
                println!("{address}");
                coro::thread::yield_now();
            }
        },
    )
}
struct Watch(u8);
impl Watch {
    fn watch<'_self>(
        &'_self self,
    ) -> ::coro::thread::Routine<'_self, ::core::convert::Infallible> {
        ::coro::__private::routine(
            &"watch",
            move || -> ::core::convert::Infallible { std::process::exit(self.0.into()) },
        )
    }
}
