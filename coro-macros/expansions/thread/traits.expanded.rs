//! Functions of a trait, with and without a default body, and their implementation.
use std::io;
trait Service {
    const NAME: &str;
    /// Opens one.
    fn open(port: u16) -> ::coro::thread::Routine<'static, io::Result<Self>>
    where
        Self: Sized;
    fn serve<'coro, '_self: 'coro, '_request: 'coro>(
        &'_self mut self,
        request: &'_request str,
    ) -> ::coro::thread::Routine<'coro, io::Result<String>>;
    /// Says who it is.
    fn name<'_self>(&'_self self) -> ::coro::thread::Routine<'_self, &'static str> {
        ::coro::__private::routine(&"name", move || -> &'static str { Self::NAME })
    }
    fn close<'coro>(self) -> ::coro::thread::Routine<'coro, io::Result<()>>
    where
        Self: 'coro,
        Self: Sized;
}
struct Echo(u16);
impl Service for Echo {
    const NAME: &str = "echo";
    fn open(port: u16) -> ::coro::thread::Routine<'static, io::Result<Self>> {
        ::coro::__private::routine(
            &"open",
            move || -> io::Result<Self> { Ok(Self(port)) },
        )
    }
    fn serve<'coro, '_self: 'coro, '_request: 'coro>(
        &'_self mut self,
        request: &'_request str,
    ) -> ::coro::thread::Routine<'coro, io::Result<String>> {
        ::coro::__private::routine(
            &"server",
            move || -> io::Result<String> {
                coro::thread::yield_now();
                Ok(request.to_owned())
            },
        )
    }
    fn close<'coro>(self) -> ::coro::thread::Routine<'coro, io::Result<()>>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"close",
            move || -> io::Result<()> {
                let _ = &self;
                Ok(())
            },
        )
    }
}
