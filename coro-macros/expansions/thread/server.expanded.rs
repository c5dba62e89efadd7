//! Methods: one that borrows, and is named after an argument, and one that owns what it works on.
use std::rc::Rc;
struct Server {
    greeting: String,
}
impl Server {
    fn greet<'coro, '_self: 'coro, '_name: 'coro>(
        &'_self self,
        id: u32,
        name: &'_name str,
    ) -> ::coro::thread::Routine<'coro, String> {
        ::coro::__private::routine(
            ::coro::__private::format!("client {id}"),
            move || -> String { format!("{}, {name} ({id})", self.greeting) },
        )
    }
    fn serve<'coro>(
        self: Rc<Self>,
        clients: u32,
    ) -> ::coro::thread::Routine<'coro, usize>
    where
        Self: 'coro,
    {
        ::coro::__private::routine(
            &"serve",
            move || -> usize {
                let _ = &self;
                (0..clients).map(|id| self.greet(id, "you").call().len()).sum()
            },
        )
    }
}
