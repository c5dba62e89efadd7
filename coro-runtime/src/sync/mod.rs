//! Locks and conditions between threads of one loop, of several loops, and plain OS threads.
//!
//! [`Mutex`], [`RwLock`], [`Condvar`], [`Barrier`], [`Once`], [`OnceLock`] and [`LazyLock`] have std's shape and
//! poisoning. A coro thread that has to wait is parked; an OS thread outside any loop is blocked. What needs no change is
//! re-exported from std, so that `use coro::sync` can stand for `use std::sync`. [`Semaphore`] and [`Event`] are
//! additions.

mod barrier;
mod cond;
mod condvar;
mod event;
mod lazy_lock;
pub mod mpsc;
mod mutex;
mod once;
mod once_lock;
mod rwlock;
mod semaphore;

pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak, atomic};

pub use barrier::{Barrier, BarrierWaitResult};
pub use cond::Cond;
pub use condvar::{Condvar, WaitTimeoutResult};
pub use event::Event;
pub use lazy_lock::LazyLock;
pub use mutex::{Mutex, MutexGuard};
#[expect(deprecated, reason = "std has it, so programs may use it")]
pub use once::ONCE_INIT;
pub use once::{Once, OnceState};
pub use once_lock::OnceLock;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError};
