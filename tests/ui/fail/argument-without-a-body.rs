trait Handler {
    #[coro::thread(name = "handler {id}", stack_size = 65536)]
    fn handle(&self, id: u32);
}

fn main() {}
