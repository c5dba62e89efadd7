#![deny(missing_docs, unreachable_pub, warnings)]
//! Attributes, documentation and visibility stay on the function.

pub mod api {
    //! What others see.

    /// It has a count.
    #[derive(Debug, Default)]
    pub struct Counter {
        count: u8,
    }

    impl Counter {
        /// Adds one.
        #[coro::thread]
        #[inline]
        #[must_use]
        pub fn next(&mut self) -> u8 {
            self.add(1);
            self.count
        }

        #[coro::thread]
        #[allow(dead_code)]
        #[expect(unused_variables, reason = "the body has no use for it")]
        fn never_called(&self, unused: Vec<u8>) {}

        pub(super) fn add(&mut self, by: u8) { self.count += by; }
    }
}

#[coro::main]
fn main() { assert_eq!(api::Counter::default().next().call(), 1) }
