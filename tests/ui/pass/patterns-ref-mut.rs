//! Patterns that borrow from the parameter, and a constant with a name like those of parameters without one.
#![deny(warnings)]
#![allow(non_upper_case_globals)]

struct Point {
    x: u8,
    name: String,
}

const arg1: u8 = 3;

#[coro::thread]
fn pushed(ref mut values: Vec<u8>) -> usize {
    values.push(arg1);
    values.len()
}

#[coro::thread]
fn named(Point { x, ref mut name }: Point, (ref a, _): (u8, u8)) -> String {
    name.push('!');
    format!("{name}{x}{a}")
}

fn main() {
    assert_eq!(pushed(vec![]).call(), 1);
    assert_eq!(named(Point { x: 1, name: "a".to_owned() }, (2, 3)).call(), "a!12");
}
