//! Any `Termination`, also one without a name, and any visibility; another path to coro.

mod facade {
    pub(super) use coro as threads;
}

#[coro::main(crate = facade::threads)]
pub(crate) fn main() -> impl std::process::Termination {
    #![allow(clippy::unused_unit)]
}

mod code {
    use std::process::ExitCode;

    /// Never succeeds.
    #[coro::main]
    fn main() -> ExitCode {
        ExitCode::FAILURE
    }
}

mod never {
    #[coro::main]
    fn main() -> ! {
        std::process::exit(3)
    }
}
