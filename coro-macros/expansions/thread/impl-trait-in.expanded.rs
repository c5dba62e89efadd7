//! An `impl Trait` among the parameters has its bound in place.
fn show<'coro, '_b: 'coro>(
    a: impl Into<u8> + 'coro,
    b: &'_b (impl AsRef<[u8]> + 'coro),
    c: Vec<impl Iterator<Item = impl Into<u8> + 'coro> + 'coro>,
) -> ::coro::thread::Routine<'coro, usize> {
    ::coro::__private::routine(
        &"show",
        move || -> usize {
            let a = a;
            let c = c;
            { usize::from(a.into()) + b.as_ref().len() + c.len() }
        },
    )
}
