//! The names of `std::thread`.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::{T, sys};

types! {
    sys::thread::AccessError;
    sys::thread::Builder;
    sys::thread::JoinHandle<T>;
    sys::thread::LocalKey<T>;
    sys::thread::Scope<'static, 'static>;
    sys::thread::ScopedJoinHandle<'static, T>;
    sys::thread::Thread;
    sys::thread::ThreadId;
    sys::thread::Result<T>;
}

items! {
    sys::thread::Builder::new;
    sys::thread::Builder::name;
    sys::thread::Builder::stack_size;
    sys::thread::Builder::spawn::<fn(), ()>;
    sys::thread::Builder::spawn_scoped::<fn(), ()>;
    sys::thread::JoinHandle::<T>::thread;
    sys::thread::JoinHandle::<T>::join;
    sys::thread::JoinHandle::<T>::is_finished;
    sys::thread::LocalKey::<T>::with::<fn(&T), ()>;
    sys::thread::LocalKey::<T>::try_with::<fn(&T), ()>;
    sys::thread::LocalKey::<Cell<T>>::set;
    sys::thread::LocalKey::<Cell<T>>::get;
    sys::thread::LocalKey::<Cell<T>>::take;
    sys::thread::LocalKey::<Cell<T>>::replace;
    sys::thread::LocalKey::<RefCell<T>>::with_borrow::<fn(&T), ()>;
    sys::thread::LocalKey::<RefCell<T>>::with_borrow_mut::<fn(&mut T), ()>;
    sys::thread::Scope::<'static, 'static>::spawn::<fn(), ()>;
    sys::thread::ScopedJoinHandle::<'static, T>::thread;
    sys::thread::ScopedJoinHandle::<'static, T>::join;
    sys::thread::ScopedJoinHandle::<'static, T>::is_finished;
    sys::thread::Thread::unpark;
    sys::thread::Thread::id;
    sys::thread::Thread::name;
    sys::thread::available_parallelism;
    sys::thread::current;
    sys::thread::panicking;
    sys::thread::park;
    sys::thread::park_timeout;
    sys::thread::park_timeout_ms;
    sys::thread::scope::<fn(&sys::thread::Scope<'_, '_>), ()>;
    sys::thread::sleep;
    sys::thread::sleep_ms;
    sys::thread::spawn::<fn(), ()>;
    sys::thread::yield_now;
}

impls! {
    sys::thread::AccessError: Clone;
    sys::thread::AccessError: Debug;
    sys::thread::AccessError: Display;
    sys::thread::AccessError: Error;
    sys::thread::AccessError: PartialEq;
    sys::thread::AccessError: Copy;
    sys::thread::AccessError: Eq;
    sys::thread::AccessError: RefUnwindSafe;
    sys::thread::AccessError: Send;
    sys::thread::AccessError: Sync;
    sys::thread::AccessError: Unpin;
    sys::thread::AccessError: UnwindSafe;
    sys::thread::Builder: Debug;
    sys::thread::Builder: RefUnwindSafe;
    sys::thread::Builder: Send;
    sys::thread::Builder: Sync;
    sys::thread::Builder: Unpin;
    sys::thread::Builder: UnwindSafe;
    sys::thread::JoinHandle<T>: Debug;
    sys::thread::JoinHandle<T>: Send;
    sys::thread::JoinHandle<T>: Sync;
    sys::thread::JoinHandle<T>: Unpin;
    sys::thread::LocalKey<T>: Debug;
    sys::thread::LocalKey<T>: RefUnwindSafe;
    sys::thread::LocalKey<T>: Send;
    sys::thread::LocalKey<T>: Sync;
    sys::thread::LocalKey<T>: Unpin;
    sys::thread::LocalKey<T>: UnwindSafe;
    sys::thread::Scope<'static, 'static>: Debug;
    sys::thread::Scope<'static, 'static>: RefUnwindSafe;
    sys::thread::Scope<'static, 'static>: Unpin;
    sys::thread::ScopedJoinHandle<'static, T>: Debug;
    sys::thread::ScopedJoinHandle<'static, T>: Unpin;
    sys::thread::Thread: Clone;
    sys::thread::Thread: Debug;
    sys::thread::Thread: RefUnwindSafe;
    sys::thread::Thread: Send;
    sys::thread::Thread: Sync;
    sys::thread::Thread: Unpin;
    sys::thread::Thread: UnwindSafe;
    sys::thread::ThreadId: Clone;
    sys::thread::ThreadId: Debug;
    sys::thread::ThreadId: Hash;
    sys::thread::ThreadId: PartialEq;
    sys::thread::ThreadId: Copy;
    sys::thread::ThreadId: Eq;
    sys::thread::ThreadId: RefUnwindSafe;
    sys::thread::ThreadId: Send;
    sys::thread::ThreadId: Sync;
    sys::thread::ThreadId: Unpin;
    sys::thread::ThreadId: UnwindSafe;
}
