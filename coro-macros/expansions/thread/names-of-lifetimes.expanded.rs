//! The names that are added are none that the function uses.
fn work<'coro, '_a: 'coro, '_type: 'coro, '_arg: 'coro, '_coro: 'coro>(
    a: &'_a u8,
    r#type: &'_type u8,
    (b, c): &'_arg (u8, u8),
    coro: &'_coro u8,
) -> ::coro::thread::Routine<'coro, u8> {
    ::coro::__private::routine(
        &"work",
        move || -> u8 {
            let sum = 'a: {
                if *a == 0 {
                    break 'a 0;
                }
                a + b + c
            };
            sum + r#type + coro
        },
    )
}
