//! The thread of a raw identifier has the plain name.

#[coro::thread]
fn r#loop(r#type: u8, r#fn: &str) -> usize {
    r#fn.len() + usize::from(r#type)
}
