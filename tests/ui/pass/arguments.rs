mod reexport { pub use coro; }

#[coro::thread(crate = reexport::coro, stack_size = 16 * KIB, name = "worker")]
fn work() -> Option<String> { coro::thread::current().name().map(str::to_owned) }
const KIB: usize = 1024;

#[coro::main]
fn main() { assert_eq!(work().spawn().join().unwrap().as_deref(), Some("worker")) }
