//! The rows of std's OS threads, and of crossbeam's select between them. They may run on several cores.

use crossbeam_channel::{Receiver, Sender, select, unbounded};

mod sys {
    pub(super) use std::sync::mpsc::channel;
    pub(super) use std::sync::{Condvar, Mutex};
    pub(super) use std::thread::{spawn, yield_now};

    pub(super) fn run<R>(body: impl FnOnce() -> R) -> R {
        body()
    }
}

super::blocking::blocking_rows!();

super::choosing::choosing_rows!();
