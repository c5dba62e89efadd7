//! An `impl Trait` among the parameters has its bound in place.

#[coro::thread]
fn show(a: impl Into<u8>, b: &impl AsRef<[u8]>, c: Vec<impl Iterator<Item = impl Into<u8>>>) -> usize {
    usize::from(a.into()) + b.as_ref().len() + c.len()
}
