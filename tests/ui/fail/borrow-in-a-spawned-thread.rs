#[coro::thread]
fn work(text: &str) -> usize { text.len() }

fn main() {
    coro::run(|| {
        let text = String::from("abc");
        work(&text).spawn();
    });
}
