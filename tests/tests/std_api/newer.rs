//! Names that came to std after the oldest Rust that coro supports. coro has them with any; so they are compiled with
//! coro alone.
use std::ops::DerefMut;

use coro as sys;

use crate::key::Group;

type T = u8;

imports! {
    sys::os::linux::net::TcpStreamExt;
}

items! {
    sys::sync::LazyLock::<T, fn() -> T>::get;
    sys::sync::LazyLock::<T, fn() -> T>::get_mut;
    sys::sync::LazyLock::<T, fn() -> T>::force_mut;
    sys::sync::RwLockWriteGuard::<'static, T>::downgrade;
    <sys::net::TcpStream as sys::os::linux::net::TcpStreamExt>::quickack;
    <sys::net::TcpStream as sys::os::linux::net::TcpStreamExt>::set_quickack;
}

impls! {
    sys::net::TcpStream: sys::os::linux::net::TcpStreamExt;
    sys::sync::LazyLock<T>: DerefMut;
}

pub(crate) const GROUPS: &[Group] = &[IMPORTS, ITEMS, IMPLS];
