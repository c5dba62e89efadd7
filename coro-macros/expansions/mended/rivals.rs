//! Of two attributes of coro, the second expands the function.

#[coro::thread]
#[coro::main]
async fn main() {
    coro::thread::yield_now();
}
