//! Patterns are bound in the body, behind the whole value; names that begin with `_` are read without a warning.
fn work<'_arg>(
    a: u8,
    arg2: (u8, String),
    [c,
    ..,
    ]: [u8; 3],
    arg4: Vec<u8>,
    &d: &'_arg u8,
    _e: u8,
) -> ::coro::thread::Routine<'_arg, u8> {
    ::coro::__private::routine(
        "work",
        move || -> u8 {
            let mut a = a;
            let arg2 = arg2;
            let (b, _) = arg2;
            let arg4 = arg4;
            let _ = arg4;
            {
                a += b + c;
                a + d
            }
        },
    )
}
struct Point {
    x: i32,
    y: i32,
}
fn show(
    arg1: Point,
    arg2: i32,
    arg3: (u8, u8),
) -> ::coro::thread::Routine<'static, i32> {
    ::coro::__private::routine(
        "show",
        move || -> i32 {
            let arg1 = arg1;
            let Point { x, y: height } = arg1;
            let arg2 = arg2;
            let ref z = arg2;
            let arg3 = arg3;
            let all @ (_, last) = arg3;
            { x + height + z + i32::from(all.0 + last) }
        },
    )
}
