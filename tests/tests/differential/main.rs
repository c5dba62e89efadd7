//! Small programs, each written once over an alias `sys`, and run with std and with coro: they must say the same.
//!
//! A program writes what it sees into a transcript: values, kinds of errors, and texts where std's own are part of what
//! callers lean on. None depends on time or on the order in which threads happen to run. Each is compiled three times:
//!
//! - [`on_std`]: the reference;
//! - [`on_coro`]: on coro's threads, inside [`coro::run`];
//! - [`outside`]: on std's threads with all the rest from coro, which then blocks OS threads. The programs that are
//!   about threads alone are left out, for nothing of coro would be in them.
//!
//! The programs on channels do the same with `crossbeam_channel` and `coro::channel`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails where it unwraps")]
#![allow(clippy::duplicate_mod, reason = "compiling the programs several times is the point")]

mod support;

/// Writes a line into a transcript.
macro_rules! note {
    ($log:expr, $($words:tt)*) => {
        { use std::fmt::Write as _; writeln!($log, $($words)*).unwrap() }
    };
}

/// Lists the programs of a file.
macro_rules! programs {
    ($($name:ident,)*) => {
        pub(crate) const PROGRAMS: &[crate::support::Program] =
            &[$((stringify!($name), $name)),*];
    };
}

/// Compiles the programs with one meaning of `sys`.
macro_rules! compiled_with {
    ($module:ident: $($line:item)*) => {
        #[path = "programs"]
        mod $module {
            $($line)*

            pub(crate) mod locals;
            pub(crate) mod locks;
            pub(crate) mod mpsc;
            pub(crate) mod once;
            pub(crate) mod streams;
            pub(crate) mod tcp;
            pub(crate) mod tcp_options;
            pub(crate) mod udp;
            pub(crate) mod unix;
        }
    };
}

compiled_with! { on_std:
    mod sys {
        pub(crate) use std::{io, net, os, panic, sync, thread, thread_local};
    }

    pub(crate) mod threads;
}
compiled_with! { on_coro:
    mod sys {
        pub(crate) use coro::{io, local as thread_local, net, os, panic, sync, thread};
    }

    pub(crate) mod threads;
}
compiled_with! { outside:
    mod sys {
        pub(crate) use coro::{io, local as thread_local, net, os, panic, sync};
        pub(crate) use std::thread;
    }
}

/// Compiles the programs on channels with one meaning of `sys`.
macro_rules! channels_with {
    ($module:ident: $($line:item)*) => {
        #[path = "programs"]
        mod $module {
            mod sys {
                $($line)*
            }

            pub(crate) mod channels;
        }
    };
}

channels_with! { on_crossbeam:
    pub(crate) use crossbeam_channel as channel;
    pub(crate) use std::{panic, thread};
}
channels_with! { on_coro_channel: pub(crate) use coro::{channel, panic, thread}; }
channels_with! { on_coro_channel_outside:
    pub(crate) use coro::{channel, panic};
    pub(crate) use std::thread;
}

use support::{in_a_loop, on_os_threads, same, same_after};

/// One test a file of programs: first in a loop, then outside any.
macro_rules! compare {
    ($($name:ident: $file:ident, $count:literal;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(on_std::$file::PROGRAMS.len(), $count, "programs were lost or added");
            same(on_std::$file::PROGRAMS, on_coro::$file::PROGRAMS, in_a_loop);
            same(on_std::$file::PROGRAMS, outside::$file::PROGRAMS, on_os_threads);
        }
    )*};
}

compare! {
    locals: locals, 8;
    locks: locks, 26;
    mpsc: mpsc, 18;
    once: once, 14;
    streams: streams, 10;
    tcp: tcp, 20;
    tcp_options: tcp_options, 12;
    udp: udp, 14;
    unix: unix, 17;
}

#[test]
fn threads() {
    assert_eq!(on_std::threads::PROGRAMS.len(), 21, "programs were lost or added");
    same(on_std::threads::PROGRAMS, on_coro::threads::PROGRAMS, in_a_loop);
}

/// A scope runs a loop of its own where there is none, so these programs need no other one.
#[test]
fn scopes_outside_any_loop() {
    same(on_std::once::PROGRAMS, on_coro::once::PROGRAMS, on_os_threads);
}

#[test]
fn channels() {
    let theirs = on_crossbeam::channels::PROGRAMS;
    assert_eq!(theirs.len(), 30, "programs were lost or added");
    let unquoted = |transcript: &str| transcript.replace('"', "");
    same_after(unquoted, theirs, on_coro_channel::channels::PROGRAMS, in_a_loop);
    same_after(unquoted, theirs, on_coro_channel_outside::channels::PROGRAMS, on_os_threads);
}
