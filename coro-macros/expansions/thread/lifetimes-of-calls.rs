//! An elided lifetime of a call belongs to the call.

#[coro::thread]
fn apply(f: fn(&u8) -> &u8, g: Box<dyn Fn(&u8) -> u8>) -> u8 {
    g(f(&1))
}

#[coro::thread]
fn apply_borrowed(f: &dyn for<'x> Fn(&'x u8) -> &'x u8) -> u8 {
    *f(&1)
}
