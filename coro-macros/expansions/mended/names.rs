//! A name that does not fit the function is left out, and so is what goes with a body that is not there.

#[coro::thread(name = "worker {di}")]
fn work(id: usize) -> usize {
    id
}

#[coro::thread(name = "worker {")]
fn unclosed() {}

#[coro::thread(name = format!("{id}"))]
fn computed(id: String) {}

trait Handler {
    #[coro::thread(name = "handler of {id}", stack_size = 65536)]
    fn handle(&self, id: u32);
}
