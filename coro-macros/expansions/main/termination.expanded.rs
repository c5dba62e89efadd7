//! Any `Termination`, also one without a name, and any visibility; another path to coro.
mod facade {
    pub(super) use coro as threads;
}
pub(crate) fn main() -> impl std::process::Termination {
    #![allow(clippy::unused_unit)]
    facade::threads::Builder::new().run(|| -> _ {})
}
mod code {
    use std::process::ExitCode;
    /// Never succeeds.
    fn main() -> ExitCode {
        ::coro::Builder::new().run(|| -> ExitCode { ExitCode::FAILURE })
    }
}
mod never {
    fn main() -> ! {
        ::coro::Builder::new().run(|| -> ! { std::process::exit(3) })
    }
}
