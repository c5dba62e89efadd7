#[coro::thread]
fn show(a: impl Into<u8>, b: &impl AsRef<[u8]>, c: impl Iterator<Item = impl Into<u8>>) -> impl Sized + ToString {
    c.map(Into::into).chain([a.into()]).sum::<u8>() + b.as_ref()[0]
}

#[coro::main]
fn main() {
    assert_eq!(show(1, &[2], [3, 4].into_iter()).call().to_string(), "10");
}
