//! Patterns that borrow from the parameter.

struct Point {
    x: u8,
    name: String,
}

#[coro::thread]
fn pushed(ref mut values: Vec<u8>) -> usize {
    values.push(1);
    values.len()
}

#[coro::thread]
fn named(Point { x, ref mut name }: Point) -> String {
    name.push('!');
    format!("{name}{x}")
}
