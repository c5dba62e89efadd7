//! A test returns what any test may: a code, what has no name, a result in a result; a type like `!` stands for `!`.
use std::process::ExitCode;
#[::core::prelude::v1::test]
fn a_code() -> ExitCode {
    ::coro::__private::Test::new(::core::concat!(::core::module_path!(), "::", "a_code"))
        .run(|| -> ExitCode { ExitCode::SUCCESS })
}
#[::core::prelude::v1::test]
fn unnamed() -> impl std::process::Termination {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "unnamed"),
        )
        .run(|| -> _ {})
}
#[::core::prelude::v1::test]
fn a_result_in_a_result() -> Result<Result<(), String>, std::num::ParseIntError> {
    ::coro::__private::Test::new(
            ::core::concat!(::core::module_path!(), "::", "a_result_in_a_result"),
        )
        .run(|| -> Result<Result<(), String>, std::num::ParseIntError> {
            "3".parse::<u8>()?;
            Ok(Ok(()))
        })
}
/// It could only end the process of the test runner, which compiles without it.
#[cfg(not(test))]
mod apart {
    #[::core::prelude::v1::test]
    fn never() -> ::core::convert::Infallible {
        ::coro::__private::Test::new(
                ::core::concat!(::core::module_path!(), "::", "never"),
            )
            .run(|| -> ::core::convert::Infallible { std::process::exit(0) })
    }
}
