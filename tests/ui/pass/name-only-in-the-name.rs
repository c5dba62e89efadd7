#![deny(warnings)]

#[coro::thread(name = "{host}:{port} {_shard}")]
fn work(host: String, port: u16, _shard: u8, #[cfg(all())] #[allow(unused)] time: u8) {}

#[coro::thread(name = "{id}")]
fn count(mut id: u8) -> u8 { id += 1; id }

fn main() { coro::run(|| assert_eq!((work("a".into(), 1, 2, 3).call(), count(1).call()), ((), 2))) }
