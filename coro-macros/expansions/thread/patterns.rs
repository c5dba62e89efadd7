//! Patterns are bound in the body, behind the whole value; names that begin with `_` are read without a warning.

#[coro::thread]
fn work(mut a: u8, (b, _): (u8, String), [c, ..]: [u8; 3], _: Vec<u8>, &d: &u8, _e: u8) -> u8 {
    a += b + c;
    a + d
}

struct Point {
    x: i32,
    y: i32,
}

#[coro::thread]
fn show(Point { x, y: height }: Point, ref z: i32, all @ (_, last): (u8, u8)) -> i32 {
    x + height + z + i32::from(all.0 + last)
}
