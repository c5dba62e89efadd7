#[coro::thread]
fn add<'b>(list: &mut Vec<&'b str>, item: &'b str, seen: &[u8]) -> &'b str {
    list.push(item);
    list[seen.len()]
}
fn main() {
    let (mut list, text) = (vec!["a"], String::from("b"));
    assert_eq!(coro::run(|| add(&mut list, &text, &[1]).call()), "b");
    assert_eq!(list, ["a", "b"]);
}
