//! Input and output, shaped after [`std::io`], on any descriptor that can be waited for.
//!
//! `use coro::io` takes the place of `use std::io`: everything stable of that module is here. What would block is
//! coro's own and parks the thread ([`stdin`], [`stdout`], [`stderr`], [`pipe`] and their types); the rest is std's.
//! Own additions: [`Source`], which makes any pollable descriptor wait as a socket does. Files on disk are always
//! "ready" and block all the same: use [`coro::blocking::unblock`](crate::blocking::unblock) for them.
//!
//! One trait stays closed: [`IsTerminal`] admits only std's types, so the standard streams here have a method of that
//! name instead.

mod any_source;
mod input;
mod pipes;
mod readiness;
mod reentrant;
pub(crate) mod source;
mod standard;
mod stderr;
mod stdin;
mod stdout;

pub use std::io::{
    BufRead, BufReader, BufWriter, Bytes, Chain, Cursor, Empty, Error, ErrorKind, IntoInnerError,
    IoSlice, IoSliceMut, IsTerminal, LineWriter, Lines, Read, Repeat, Result, Seek, SeekFrom, Sink,
    Split, Take, Write, WriterPanicked, copy, empty, prelude, read_to_string, repeat, sink,
};

pub use any_source::Source;
pub use pipes::{PipeReader, PipeWriter, pipe};
pub use readiness::Readiness;
pub use stderr::{Stderr, StderrLock, stderr};
pub use stdin::{Stdin, StdinLock, stdin};
pub use stdout::{Stdout, StdoutLock, stdout};
