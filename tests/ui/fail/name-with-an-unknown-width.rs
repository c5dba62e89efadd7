#[coro::thread(name = "worker {id:width$}")]
fn work(_id: u8, id: u8) { let _ = id; }

#[coro::thread(name = "worker {id:.*}")]
fn rest(id: f64) { let _ = id; }

fn main() { coro::run(|| { work(1, 2).spawn(); rest(1.5).spawn(); }); }
