//! coro's rows.

use coro::channel::{Receiver, Sender, unbounded};
use coro::select;

mod sys {
    pub(super) use coro::run;
    pub(super) use coro::sync::mpsc::channel;
    pub(super) use coro::sync::{Condvar, Mutex};
    pub(super) use coro::thread::{spawn, yield_now};
}

super::blocking::blocking_rows!();

super::choosing::choosing_rows!();
