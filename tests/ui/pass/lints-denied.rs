//! Nothing that the attributes add is worth a warning.
#![deny(warnings, missing_docs, unused, single_use_lifetimes, unused_qualifications, let_underscore_drop)]

/// Adds one.
#[coro::thread(stack_size = 65536)]
pub fn add<T: Copy>(_label: &str, (a, _): (T, u8), mut b: Vec<T>) -> Vec<T> { b.push(a); b }

/// Runs it.
#[coro::main]
fn main() { assert_eq!(add("a", (1, 2), vec![3]).call(), [3, 1]) }
