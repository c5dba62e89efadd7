#[coro::thread]
fn length(text: &str) -> usize { text.len() }

fn start(text: &str) {
    length(text).spawn();
}

fn main() { coro::run(|| start("abc")); }
