//! Patterns are bound in the body, behind the whole value; names that begin with `_` are read without a warning.
fn work<'_arg>(
    a: u8,
    _arg2: (u8, String),
    [c,
    ..,
    ]: [u8; 3],
    _arg4: Vec<u8>,
    &d: &'_arg u8,
    _e: u8,
) -> ::coro::thread::Routine<'_arg, u8> {
    ::coro::__private::routine(
        &"work",
        move || -> u8 {
            let mut a = a;
            let _arg2 = _arg2;
            let (b, _) = _arg2;
            let _arg4 = _arg4;
            let _ = _arg4;
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
    _arg1: Point,
    _arg2: i32,
    _arg3: (u8, u8),
) -> ::coro::thread::Routine<'static, i32> {
    ::coro::__private::routine(
        &"show",
        move || -> i32 {
            let _arg1 = _arg1;
            let Point { x, y: height } = _arg1;
            let _arg2 = _arg2;
            let ref z = _arg2;
            let _arg3 = _arg3;
            let all @ (_, last) = _arg3;
            { x + height + z + i32::from(all.0 + last) }
        },
    )
}
