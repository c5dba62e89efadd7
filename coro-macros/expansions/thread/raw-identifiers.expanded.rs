//! The thread of a raw identifier has the plain name.
fn r#loop<'_fn>(r#type: u8, r#fn: &'_fn str) -> ::coro::thread::Routine<'_fn, usize> {
    ::coro::__private::routine(
        &"loop",
        move || -> usize { r#fn.len() + usize::from(r#type) },
    )
}
