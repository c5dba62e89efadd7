//! The names of `std::sync::mpsc`.

use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::{T, sys};

types! {
    sys::sync::mpsc::IntoIter<T>;
    sys::sync::mpsc::Iter<'static, T>;
    sys::sync::mpsc::Receiver<T>;
    sys::sync::mpsc::Sender<T>;
    sys::sync::mpsc::SyncSender<T>;
    sys::sync::mpsc::TryIter<'static, T>;
}

items! {
    sys::sync::mpsc::Receiver::<T>::try_recv;
    sys::sync::mpsc::Receiver::<T>::recv;
    sys::sync::mpsc::Receiver::<T>::recv_timeout;
    sys::sync::mpsc::Receiver::<T>::iter;
    sys::sync::mpsc::Receiver::<T>::try_iter;
    sys::sync::mpsc::Sender::<T>::send;
    sys::sync::mpsc::SyncSender::<T>::send;
    sys::sync::mpsc::SyncSender::<T>::try_send;
    sys::sync::mpsc::channel::<T>;
    sys::sync::mpsc::sync_channel::<T>;
}

impls! {
    sys::sync::mpsc::IntoIter<T>: Debug;
    sys::sync::mpsc::IntoIter<T>: Iterator;
    sys::sync::mpsc::IntoIter<T>: RefUnwindSafe;
    sys::sync::mpsc::IntoIter<T>: Send;
    sys::sync::mpsc::IntoIter<T>: Unpin;
    sys::sync::mpsc::IntoIter<T>: UnwindSafe;
    sys::sync::mpsc::Iter<'static, T>: Debug;
    sys::sync::mpsc::Iter<'static, T>: Iterator;
    sys::sync::mpsc::Iter<'static, T>: RefUnwindSafe;
    sys::sync::mpsc::Iter<'static, T>: Unpin;
    sys::sync::mpsc::Iter<'static, T>: UnwindSafe;
    sys::sync::mpsc::Receiver<T>: Debug;
    &'static sys::sync::mpsc::Receiver<T>: IntoIterator;
    sys::sync::mpsc::Receiver<T>: IntoIterator;
    sys::sync::mpsc::Receiver<T>: Send;
    sys::sync::mpsc::Receiver<T>: RefUnwindSafe;
    sys::sync::mpsc::Receiver<T>: Unpin;
    sys::sync::mpsc::Receiver<T>: UnwindSafe;
    sys::sync::mpsc::Sender<T>: Clone;
    sys::sync::mpsc::Sender<T>: Debug;
    sys::sync::mpsc::Sender<T>: Send;
    sys::sync::mpsc::Sender<T>: Sync;
    sys::sync::mpsc::Sender<T>: RefUnwindSafe;
    sys::sync::mpsc::Sender<T>: Unpin;
    sys::sync::mpsc::Sender<T>: UnwindSafe;
    sys::sync::mpsc::SyncSender<T>: Clone;
    sys::sync::mpsc::SyncSender<T>: Debug;
    sys::sync::mpsc::SyncSender<T>: Send;
    sys::sync::mpsc::SyncSender<T>: RefUnwindSafe;
    sys::sync::mpsc::SyncSender<T>: Sync;
    sys::sync::mpsc::SyncSender<T>: Unpin;
    sys::sync::mpsc::SyncSender<T>: UnwindSafe;
    sys::sync::mpsc::TryIter<'static, T>: Debug;
    sys::sync::mpsc::TryIter<'static, T>: Iterator;
    sys::sync::mpsc::TryIter<'static, T>: RefUnwindSafe;
    sys::sync::mpsc::TryIter<'static, T>: Unpin;
    sys::sync::mpsc::TryIter<'static, T>: UnwindSafe;
}

lacks! {
    sys::sync::mpsc::IntoIter<T>: Sync;
    sys::sync::mpsc::Iter<'static, T>: Send;
    sys::sync::mpsc::Iter<'static, T>: Sync;
    sys::sync::mpsc::Receiver<T>: Sync;
    sys::sync::mpsc::TryIter<'static, T>: Send;
    sys::sync::mpsc::TryIter<'static, T>: Sync;
}
