//! The names of `std::io`: functions, standard streams and pipes.

use std::fmt::Debug;
use std::io::{BufRead, Read, Write};
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::Stdio;

use super::sys;

imports! {
    sys::io::prelude;
    sys::io::BufRead;
    sys::io::IsTerminal;
    sys::io::Read;
    sys::io::Seek;
    sys::io::Write;
}

types! {
    sys::io::PipeReader;
    sys::io::PipeWriter;
    sys::io::Stderr;
    sys::io::StderrLock<'static>;
    sys::io::Stdin;
    sys::io::StdinLock<'static>;
    sys::io::Stdout;
    sys::io::StdoutLock<'static>;
}

items! {
    sys::io::PipeReader::try_clone;
    sys::io::PipeWriter::try_clone;
    sys::io::Stderr::lock;
    sys::io::Stdin::lock;
    sys::io::Stdin::read_line;
    sys::io::Stdin::lines;
    sys::io::Stdout::lock;
    <std::fs::File as sys::io::IsTerminal>::is_terminal;
    sys::io::copy::<sys::io::Empty, sys::io::Sink>;
    sys::io::empty;
    sys::io::pipe;
    sys::io::read_to_string::<sys::io::Empty>;
    sys::io::repeat;
    sys::io::sink;
    sys::io::stderr;
    sys::io::stdin;
    sys::io::stdout;
}

impls! {
    sys::io::PipeReader: AsFd;
    sys::io::PipeReader: AsRawFd;
    sys::io::PipeReader: Debug;
    sys::io::PipeReader: From<OwnedFd>;
    OwnedFd: From<sys::io::PipeReader>;
    Stdio: From<sys::io::PipeReader>;
    sys::io::PipeReader: IntoRawFd;
    &'static sys::io::PipeReader: Read;
    sys::io::PipeReader: Read;
    sys::io::PipeReader: RefUnwindSafe;
    sys::io::PipeReader: Send;
    sys::io::PipeReader: Sync;
    sys::io::PipeReader: Unpin;
    sys::io::PipeReader: UnwindSafe;
    sys::io::PipeWriter: AsFd;
    sys::io::PipeWriter: AsRawFd;
    sys::io::PipeWriter: Debug;
    sys::io::PipeWriter: From<OwnedFd>;
    OwnedFd: From<sys::io::PipeWriter>;
    Stdio: From<sys::io::PipeWriter>;
    sys::io::PipeWriter: IntoRawFd;
    &'static sys::io::PipeWriter: Write;
    sys::io::PipeWriter: Write;
    sys::io::PipeWriter: RefUnwindSafe;
    sys::io::PipeWriter: Send;
    sys::io::PipeWriter: Sync;
    sys::io::PipeWriter: Unpin;
    sys::io::PipeWriter: UnwindSafe;
    sys::io::Stderr: AsFd;
    sys::io::Stderr: AsRawFd;
    sys::io::Stderr: Debug;
    Stdio: From<sys::io::Stderr>;
    &'static sys::io::Stderr: Write;
    sys::io::Stderr: Write;
    sys::io::Stderr: RefUnwindSafe;
    sys::io::Stderr: UnwindSafe;
    sys::io::Stderr: Send;
    sys::io::Stderr: Sync;
    sys::io::Stderr: Unpin;
    sys::io::StderrLock<'static>: AsFd;
    sys::io::StderrLock<'static>: AsRawFd;
    sys::io::StderrLock<'static>: Debug;
    sys::io::StderrLock<'static>: Write;
    sys::io::StderrLock<'static>: RefUnwindSafe;
    sys::io::StderrLock<'static>: UnwindSafe;
    sys::io::StderrLock<'static>: Unpin;
    sys::io::Stdin: AsFd;
    sys::io::Stdin: AsRawFd;
    sys::io::Stdin: Debug;
    &'static sys::io::Stdin: Read;
    sys::io::Stdin: Read;
    sys::io::Stdin: RefUnwindSafe;
    sys::io::Stdin: Send;
    sys::io::Stdin: Sync;
    sys::io::Stdin: Unpin;
    sys::io::Stdin: UnwindSafe;
    sys::io::StdinLock<'static>: AsFd;
    sys::io::StdinLock<'static>: AsRawFd;
    sys::io::StdinLock<'static>: BufRead;
    sys::io::StdinLock<'static>: Debug;
    sys::io::StdinLock<'static>: Read;
    sys::io::StdinLock<'static>: RefUnwindSafe;
    sys::io::StdinLock<'static>: Sync;
    sys::io::StdinLock<'static>: Unpin;
    sys::io::StdinLock<'static>: UnwindSafe;
    sys::io::Stdout: AsFd;
    sys::io::Stdout: AsRawFd;
    sys::io::Stdout: Debug;
    Stdio: From<sys::io::Stdout>;
    &'static sys::io::Stdout: Write;
    sys::io::Stdout: Write;
    sys::io::Stdout: RefUnwindSafe;
    sys::io::Stdout: UnwindSafe;
    sys::io::Stdout: Send;
    sys::io::Stdout: Sync;
    sys::io::Stdout: Unpin;
    sys::io::StdoutLock<'static>: AsFd;
    sys::io::StdoutLock<'static>: AsRawFd;
    sys::io::StdoutLock<'static>: Debug;
    sys::io::StdoutLock<'static>: Write;
    sys::io::StdoutLock<'static>: RefUnwindSafe;
    sys::io::StdoutLock<'static>: UnwindSafe;
    sys::io::StdoutLock<'static>: Unpin;
}

lacks! {
    sys::io::StderrLock<'static>: Send;
    sys::io::StderrLock<'static>: Sync;
    sys::io::StdinLock<'static>: Send;
    sys::io::StdoutLock<'static>: Send;
    sys::io::StdoutLock<'static>: Sync;
}
