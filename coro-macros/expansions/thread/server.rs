//! Methods: one that borrows, and is named after an argument, and one that owns what it works on.

use std::rc::Rc;

struct Server {
    greeting: String,
}

impl Server {
    #[coro::thread(name = "client {id}")]
    fn greet(&self, id: u32, name: &str) -> String {
        format!("{}, {name} ({id})", self.greeting)
    }

    #[coro::thread]
    fn serve(self: Rc<Self>, clients: u32) -> usize {
        (0..clients).map(|id| self.greet(id, "you").call().len()).sum()
    }
}
