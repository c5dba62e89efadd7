#[coro::thread]
fn work(text: String) -> usize { text.len() }

fn main() {
    let text = String::from("abc");
    coro::run(|| work(text).call());
    println!("{text}");
}
