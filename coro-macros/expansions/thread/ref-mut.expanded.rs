//! Patterns that borrow from the parameter.
struct Point {
    x: u8,
    name: String,
}
fn pushed(_arg1: Vec<u8>) -> ::coro::thread::Routine<'static, usize> {
    ::coro::__private::routine(
        &"pushed",
        move || -> usize {
            let mut _arg1 = _arg1;
            let ref mut values = _arg1;
            {
                values.push(1);
                values.len()
            }
        },
    )
}
fn named(_arg1: Point) -> ::coro::thread::Routine<'static, String> {
    ::coro::__private::routine(
        &"named",
        move || -> String {
            let mut _arg1 = _arg1;
            let Point { x, ref mut name } = _arg1;
            {
                name.push('!');
                format!("{name}{x}")
            }
        },
    )
}
