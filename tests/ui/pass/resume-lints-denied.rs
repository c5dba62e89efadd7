//! Nothing that the attribute adds to a thread with a yielder is worth a warning.
#![forbid(unused)]
#![deny(warnings, missing_docs, single_use_lifetimes, unused_qualifications, let_underscore_drop)]
/// Adds one.
#[coro::thread]
pub fn add<T: Copy>(_cx: &coro::Yielder<(T, T), u8>, mut a: Vec<T>, #[resume] (b, _): (T, T), _c: u8) -> usize { a.push(b); a.len() }

#[coro::main]
fn main() { assert_eq!(add(vec![3], 1).spawn().resume((4, 5)).unwrap(), coro::CoroutineState::Complete(2)) }
