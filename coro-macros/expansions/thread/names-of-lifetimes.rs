//! The names that are added are none that the function uses.

#[coro::thread]
fn work(a: &u8, r#type: &u8, (b, c): &(u8, u8), coro: &u8) -> u8 {
    let sum = 'a: {
        if *a == 0 {
            break 'a 0;
        }
        a + b + c
    };
    sum + r#type + coro
}
