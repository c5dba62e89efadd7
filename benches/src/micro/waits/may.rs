//! may's rows, on its one worker.

mod sys {
    pub(super) use crate::may_peer::{run, spawn};
    pub(super) use may::coroutine::yield_now;
    pub(super) use may::sync::mpsc::channel;
    pub(super) use may::sync::{Condvar, Mutex};
}

super::blocking::blocking_rows!();
