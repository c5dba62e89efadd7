//! Locks and conditions between threads of one loop, of several loops, and plain OS threads.
//!
//! [`Mutex`] and [`Condvar`] have std's shape and poisoning. A coro thread that has to wait is parked; an OS thread
//! outside any loop is blocked. What needs no change is re-exported from std, so that `use coro::sync` can stand for
//! `use std::sync`.

mod cond;
mod condvar;
mod mutex;

pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak, atomic};

pub use cond::Cond;
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
