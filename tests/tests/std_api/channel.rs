//! The public names of the crate crossbeam-channel 0.5, over an alias: compiled with it and with `coro::channel`.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::iter::FusedIterator;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use super::sys;

type T = u8;

imports! {
    sys::select;
    sys::select_biased;
}

types! {
    sys::IntoIter<T>;
    sys::Iter<'static, T>;
    sys::ReadyTimeoutError;
    sys::Receiver<T>;
    sys::RecvError;
    sys::RecvTimeoutError;
    sys::Select<'static>;
    sys::SelectTimeoutError;
    sys::SelectedOperation<'static>;
    sys::SendError<T>;
    sys::SendTimeoutError<T>;
    sys::Sender<T>;
    sys::TryIter<'static, T>;
    sys::TryReadyError;
    sys::TryRecvError;
    sys::TrySelectError;
    sys::TrySendError<T>;
}

items! {
    sys::after;
    sys::at;
    sys::bounded::<T>;
    sys::never::<T>;
    sys::tick;
    sys::unbounded::<T>;
    sys::Receiver::<T>::capacity;
    sys::Receiver::<T>::is_empty;
    sys::Receiver::<T>::is_full;
    sys::Receiver::<T>::iter;
    sys::Receiver::<T>::len;
    sys::Receiver::<T>::recv;
    sys::Receiver::<T>::recv_deadline;
    sys::Receiver::<T>::recv_timeout;
    sys::Receiver::<T>::same_channel;
    sys::Receiver::<T>::try_iter;
    sys::Receiver::<T>::try_recv;
    sys::RecvTimeoutError::Disconnected;
    sys::RecvTimeoutError::Timeout;
    sys::RecvTimeoutError::is_disconnected;
    sys::RecvTimeoutError::is_timeout;
    sys::Select::new;
    sys::Select::new_biased;
    sys::Select::ready;
    sys::Select::ready_deadline;
    sys::Select::ready_timeout;
    sys::Select::recv::<T>;
    sys::Select::remove;
    sys::Select::select;
    sys::Select::select_deadline;
    sys::Select::select_timeout;
    sys::Select::send::<T>;
    sys::Select::try_ready;
    sys::Select::try_select;
    sys::SelectedOperation::index;
    sys::SelectedOperation::recv::<T>;
    sys::SelectedOperation::send::<T>;
    sys::SendError::<T>;
    sys::SendError::<T>::into_inner;
    sys::SendTimeoutError::<T>::Disconnected;
    sys::SendTimeoutError::<T>::Timeout;
    sys::SendTimeoutError::<T>::into_inner;
    sys::SendTimeoutError::<T>::is_disconnected;
    sys::SendTimeoutError::<T>::is_timeout;
    sys::Sender::<T>::capacity;
    sys::Sender::<T>::is_empty;
    sys::Sender::<T>::is_full;
    sys::Sender::<T>::len;
    sys::Sender::<T>::same_channel;
    sys::Sender::<T>::send;
    sys::Sender::<T>::send_deadline;
    sys::Sender::<T>::send_timeout;
    sys::Sender::<T>::try_send;
    sys::TryRecvError::Disconnected;
    sys::TryRecvError::Empty;
    sys::TryRecvError::is_disconnected;
    sys::TryRecvError::is_empty;
    sys::TrySendError::<T>::Disconnected;
    sys::TrySendError::<T>::Full;
    sys::TrySendError::<T>::into_inner;
    sys::TrySendError::<T>::is_disconnected;
    sys::TrySendError::<T>::is_full;
}

impls! {
    sys::IntoIter<T>: Debug;
    sys::IntoIter<T>: FusedIterator;
    sys::IntoIter<T>: Iterator;
    sys::Iter<'static, T>: Debug;
    sys::Iter<'static, T>: FusedIterator;
    sys::Iter<'static, T>: Iterator;
    sys::ReadyTimeoutError: Clone;
    sys::ReadyTimeoutError: Copy;
    sys::ReadyTimeoutError: Debug;
    sys::ReadyTimeoutError: Eq;
    &'static sys::Receiver<T>: IntoIterator;
    sys::Receiver<T>: Clone;
    sys::Receiver<T>: Debug;
    sys::Receiver<T>: IntoIterator;
    sys::Receiver<Cell<T>>: Send;
    sys::Receiver<Cell<T>>: Sync;
    sys::Receiver<Rc<T>>: RefUnwindSafe;
    sys::Receiver<Rc<T>>: UnwindSafe;
    sys::RecvError: Copy;
    sys::RecvError: Display;
    sys::RecvError: Eq;
    sys::RecvError: Error;
    sys::RecvTimeoutError: Copy;
    sys::RecvTimeoutError: Eq;
    sys::RecvTimeoutError: Error;
    sys::RecvTimeoutError: From<sys::RecvError>;
    sys::Select<'static>: Clone;
    sys::Select<'static>: Debug;
    sys::Select<'static>: Default;
    sys::SelectTimeoutError: Copy;
    sys::SelectTimeoutError: Eq;
    sys::SelectTimeoutError: Error;
    sys::SelectedOperation<'static>: Debug;
    sys::SendError<T>: Copy;
    sys::SendError<T>: Display;
    sys::SendError<T>: Eq;
    sys::SendError<T>: Error;
    sys::SendTimeoutError<T>: Copy;
    sys::SendTimeoutError<T>: Eq;
    sys::SendTimeoutError<T>: Error;
    sys::SendTimeoutError<T>: From<sys::SendError<T>>;
    sys::Sender<T>: Clone;
    sys::Sender<T>: Debug;
    sys::Sender<Cell<T>>: Send;
    sys::Sender<Cell<T>>: Sync;
    sys::Sender<Rc<T>>: RefUnwindSafe;
    sys::Sender<Rc<T>>: UnwindSafe;
    sys::TryIter<'static, T>: Debug;
    sys::TryIter<'static, T>: Iterator;
    sys::TryReadyError: Copy;
    sys::TryReadyError: Eq;
    sys::TryRecvError: Copy;
    sys::TryRecvError: Eq;
    sys::TryRecvError: Error;
    sys::TryRecvError: From<sys::RecvError>;
    sys::TrySelectError: Copy;
    sys::TrySelectError: Eq;
    sys::TrySelectError: Error;
    sys::TrySendError<T>: Copy;
    sys::TrySendError<T>: Eq;
    sys::TrySendError<T>: Error;
    sys::TrySendError<T>: From<sys::SendError<T>>;
}

lacks! {
    sys::IntoIter<Rc<T>>: Send;
    sys::Receiver<Rc<T>>: Send;
    sys::Receiver<Rc<T>>: Sync;
    sys::Sender<Rc<T>>: Send;
    sys::Sender<Rc<T>>: Sync;
}

pub(crate) const GROUPS: &[crate::key::Group] = &[IMPORTS, TYPES, ITEMS, IMPLS, LACKS];
