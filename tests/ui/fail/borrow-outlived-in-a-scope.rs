#[coro::thread]
fn work(text: &str) -> usize { text.len() }

fn main() {
    coro::run(|| coro::thread::scope(|scope| {
        let text = String::from("abc");
        scope.spawn_routine(work(&text));
    }));
}
