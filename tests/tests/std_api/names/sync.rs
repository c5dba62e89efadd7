//! The names of `std::sync`.

use std::fmt::{Debug, Display};
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::{T, sys};

imports! {
    sys::sync::atomic;
    sys::sync::mpsc;
}

types! {
    sys::sync::Barrier;
    sys::sync::BarrierWaitResult;
    sys::sync::Condvar;
    sys::sync::LazyLock<T>;
    sys::sync::Mutex<T>;
    sys::sync::MutexGuard<'static, T>;
    sys::sync::Once;
    sys::sync::OnceLock<T>;
    sys::sync::OnceState;
    sys::sync::RwLock<T>;
    sys::sync::RwLockReadGuard<'static, T>;
    sys::sync::RwLockWriteGuard<'static, T>;
    sys::sync::WaitTimeoutResult;
}

items! {
    sys::sync::Barrier::new;
    sys::sync::Barrier::wait;
    sys::sync::BarrierWaitResult::is_leader;
    sys::sync::Condvar::new;
    sys::sync::Condvar::wait::<T>;
    sys::sync::Condvar::wait_while::<T, fn(&mut T) -> bool>;
    sys::sync::Condvar::wait_timeout_ms::<T>;
    sys::sync::Condvar::wait_timeout::<T>;
    sys::sync::Condvar::wait_timeout_while::<T, fn(&mut T) -> bool>;
    sys::sync::Condvar::notify_one;
    sys::sync::Condvar::notify_all;
    sys::sync::LazyLock::<T, fn() -> T>::new;
    sys::sync::LazyLock::<T, fn() -> T>::force;
    sys::sync::Mutex::<T>::new;
    sys::sync::Mutex::<T>::lock;
    sys::sync::Mutex::<T>::try_lock;
    sys::sync::Mutex::<T>::is_poisoned;
    sys::sync::Mutex::<T>::clear_poison;
    sys::sync::Mutex::<T>::into_inner;
    sys::sync::Mutex::<T>::get_mut;
    sys::sync::Once::new;
    sys::sync::Once::call_once::<fn()>;
    sys::sync::Once::call_once_force::<fn(&sys::sync::OnceState)>;
    sys::sync::Once::is_completed;
    sys::sync::Once::wait;
    sys::sync::Once::wait_force;
    sys::sync::OnceLock::<T>::new;
    sys::sync::OnceLock::<T>::get;
    sys::sync::OnceLock::<T>::get_mut;
    sys::sync::OnceLock::<T>::wait;
    sys::sync::OnceLock::<T>::set;
    sys::sync::OnceLock::<T>::get_or_init::<fn() -> T>;
    sys::sync::OnceLock::<T>::into_inner;
    sys::sync::OnceLock::<T>::take;
    sys::sync::OnceState::is_poisoned;
    sys::sync::RwLock::<T>::new;
    sys::sync::RwLock::<T>::read;
    sys::sync::RwLock::<T>::try_read;
    sys::sync::RwLock::<T>::write;
    sys::sync::RwLock::<T>::try_write;
    sys::sync::RwLock::<T>::is_poisoned;
    sys::sync::RwLock::<T>::clear_poison;
    sys::sync::RwLock::<T>::into_inner;
    sys::sync::RwLock::<T>::get_mut;
    sys::sync::WaitTimeoutResult::timed_out;
    sys::sync::ONCE_INIT;
}

impls! {
    sys::sync::Barrier: Debug;
    sys::sync::Barrier: RefUnwindSafe;
    sys::sync::Barrier: Send;
    sys::sync::Barrier: Sync;
    sys::sync::Barrier: Unpin;
    sys::sync::Barrier: UnwindSafe;
    sys::sync::BarrierWaitResult: Debug;
    sys::sync::BarrierWaitResult: RefUnwindSafe;
    sys::sync::BarrierWaitResult: Send;
    sys::sync::BarrierWaitResult: Sync;
    sys::sync::BarrierWaitResult: Unpin;
    sys::sync::BarrierWaitResult: UnwindSafe;
    sys::sync::Condvar: Debug;
    sys::sync::Condvar: Default;
    sys::sync::Condvar: RefUnwindSafe;
    sys::sync::Condvar: UnwindSafe;
    sys::sync::Condvar: Send;
    sys::sync::Condvar: Sync;
    sys::sync::Condvar: Unpin;
    sys::sync::LazyLock<T>: Debug;
    sys::sync::LazyLock<T>: Default;
    sys::sync::LazyLock<T>: Deref;
    sys::sync::LazyLock<T>: RefUnwindSafe;
    sys::sync::LazyLock<T>: Sync;
    sys::sync::LazyLock<T>: UnwindSafe;
    sys::sync::LazyLock<T>: Send;
    sys::sync::LazyLock<T>: Unpin;
    sys::sync::Mutex<T>: Debug;
    sys::sync::Mutex<T>: Default;
    sys::sync::Mutex<T>: From<T>;
    sys::sync::Mutex<T>: RefUnwindSafe;
    sys::sync::Mutex<T>: Send;
    sys::sync::Mutex<T>: Sync;
    sys::sync::Mutex<T>: UnwindSafe;
    sys::sync::Mutex<T>: Unpin;
    sys::sync::MutexGuard<'static, T>: Debug;
    sys::sync::MutexGuard<'static, T>: Deref;
    sys::sync::MutexGuard<'static, T>: DerefMut;
    sys::sync::MutexGuard<'static, T>: Display;
    sys::sync::MutexGuard<'static, T>: Sync;
    sys::sync::MutexGuard<'static, T>: RefUnwindSafe;
    sys::sync::MutexGuard<'static, T>: Unpin;
    sys::sync::MutexGuard<'static, T>: UnwindSafe;
    sys::sync::Once: Debug;
    sys::sync::Once: RefUnwindSafe;
    sys::sync::Once: UnwindSafe;
    sys::sync::Once: Send;
    sys::sync::Once: Sync;
    sys::sync::Once: Unpin;
    sys::sync::OnceLock<T>: Clone;
    sys::sync::OnceLock<T>: Debug;
    sys::sync::OnceLock<T>: Default;
    sys::sync::OnceLock<T>: From<T>;
    sys::sync::OnceLock<T>: PartialEq;
    sys::sync::OnceLock<T>: Eq;
    sys::sync::OnceLock<T>: RefUnwindSafe;
    sys::sync::OnceLock<T>: Send;
    sys::sync::OnceLock<T>: Sync;
    sys::sync::OnceLock<T>: UnwindSafe;
    sys::sync::OnceLock<T>: Unpin;
    sys::sync::OnceState: Debug;
    sys::sync::OnceState: Send;
    sys::sync::OnceState: Unpin;
    sys::sync::OnceState: UnwindSafe;
    sys::sync::RwLock<T>: Debug;
    sys::sync::RwLock<T>: Default;
    sys::sync::RwLock<T>: From<T>;
    sys::sync::RwLock<T>: RefUnwindSafe;
    sys::sync::RwLock<T>: Send;
    sys::sync::RwLock<T>: Sync;
    sys::sync::RwLock<T>: UnwindSafe;
    sys::sync::RwLock<T>: Unpin;
    sys::sync::RwLockReadGuard<'static, T>: Debug;
    sys::sync::RwLockReadGuard<'static, T>: Deref;
    sys::sync::RwLockReadGuard<'static, T>: Display;
    sys::sync::RwLockReadGuard<'static, T>: Sync;
    sys::sync::RwLockReadGuard<'static, T>: RefUnwindSafe;
    sys::sync::RwLockReadGuard<'static, T>: Unpin;
    sys::sync::RwLockReadGuard<'static, T>: UnwindSafe;
    sys::sync::RwLockWriteGuard<'static, T>: Debug;
    sys::sync::RwLockWriteGuard<'static, T>: Deref;
    sys::sync::RwLockWriteGuard<'static, T>: DerefMut;
    sys::sync::RwLockWriteGuard<'static, T>: Display;
    sys::sync::RwLockWriteGuard<'static, T>: Sync;
    sys::sync::RwLockWriteGuard<'static, T>: RefUnwindSafe;
    sys::sync::RwLockWriteGuard<'static, T>: Unpin;
    sys::sync::RwLockWriteGuard<'static, T>: UnwindSafe;
    sys::sync::WaitTimeoutResult: Clone;
    sys::sync::WaitTimeoutResult: Debug;
    sys::sync::WaitTimeoutResult: PartialEq;
    sys::sync::WaitTimeoutResult: Copy;
    sys::sync::WaitTimeoutResult: Eq;
    sys::sync::WaitTimeoutResult: RefUnwindSafe;
    sys::sync::WaitTimeoutResult: Send;
    sys::sync::WaitTimeoutResult: Sync;
    sys::sync::WaitTimeoutResult: Unpin;
    sys::sync::WaitTimeoutResult: UnwindSafe;
}

lacks! {
    sys::sync::MutexGuard<'static, T>: Send;
    sys::sync::OnceState: Sync;
    sys::sync::RwLockReadGuard<'static, T>: Send;
    sys::sync::RwLockWriteGuard<'static, T>: Send;
}
