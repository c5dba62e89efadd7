//! Nothing that the attribute adds to a method is worth a warning.
#![deny(warnings, missing_docs, unused, single_use_lifetimes, unused_lifetimes, unused_qualifications)]
#![deny(let_underscore_drop, elided_lifetimes_in_paths, explicit_outlives_requirements)]
use std::rc::Rc;

/// Handles values.
pub trait Handle<T> {
    /// Handles one.
    #[coro::thread]
    #[must_use]
    fn handle(&self, value: T, config: Config) -> usize;
    /// Handles none.
    #[coro::thread]
    fn idle(self: Rc<Self>, _value: T, _config: Config) {}
}

/// Something to pass.
#[derive(Debug)]
pub struct Config;

impl Handle<Vec<u8>> for str {
    #[coro::thread]
    fn handle(&self, mut value: Vec<u8>, _: Config) -> usize {
        value.clear();
        self.len() + value.len()
    }
}

/// Runs it.
#[coro::main]
fn main() {
    assert_eq!("abc".handle(vec![1], Config).call(), 3);
    Rc::<str>::from("abc").idle(vec![], Config).spawn();
}
