//! The same program on std's types and on coro's.

/// Makes a test of a program that tells what it saw, as lines: it runs with std's types, with coro's in a loop, and with
/// coro's outside any, on std's threads, and must tell the same each time.
///
/// The program names `net`, `unix` (the module `os::unix::net`) and `thread`.
macro_rules! same_on_both {
    ($name:ident => $body:block) => {
        mod $name {
            $crate::support::both::program!(on_std, std, std, $body);
            $crate::support::both::program!(in_a_loop, coro, coro, $body);
            $crate::support::both::program!(outside, coro, std, $body);

            #[test]
            fn tells_the_same() {
                let expected = on_std::run();
                assert!(!expected.is_empty());
                assert_eq!(coro::run(in_a_loop::run), expected);
                assert_eq!(outside::run(), expected);
            }
        }
    };
}

/// The program, with sockets and threads from somewhere.
macro_rules! program {
    ($name:ident, $sockets:ident, $threads:ident, $body:block) => {
        mod $name {
            #![allow(unused_imports, unused_qualifications, reason = "the program has what it may need")]
            use super::super::*;
            use $sockets::net;
            use $sockets::os::unix::net as unix;
            use $threads::thread;

            pub(super) fn run() -> Vec<String> $body
        }
    };
}
pub(crate) use {program, same_on_both};

/// How an outcome is told: what came, or the kind of the error.
pub(crate) fn tell<T: std::fmt::Debug>(outcome: std::io::Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?}", error.kind()),
    }
}
