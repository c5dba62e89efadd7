#[coro::thread]
fn trim(text: &str) -> &str { text.trim() }

fn main() {
    let text = String::from(" a ");
    let trimmed = coro::run(|| {
        coro::thread::scope(|scope| scope.spawn_routine(trim(&text)).join().unwrap())
    });
    assert_eq!(trimmed, "a");
}
