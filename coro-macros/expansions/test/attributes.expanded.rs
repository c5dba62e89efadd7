//! Attributes stay, and so does a result.
use std::num::ParseIntError;
#[should_panic = "seven"]
#[::core::prelude::v1::test]
fn it_panics() {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "it_panics"),
        )
        .run(|| -> () {
            panic!("seven");
        })
}
/// Parses.
#[allow(unused_variables)]
#[::core::prelude::v1::test]
fn it_parses() -> Result<(), ParseIntError> {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "it_parses"),
        )
        .timeout(::core::time::Duration::new(5u64, 0u32))
        .run(|| -> Result<(), ParseIntError> {
            let number: u8 = "7".parse()?;
            Ok(())
        })
}
