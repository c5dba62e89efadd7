//! The names of std that coro has too.
#![allow(deprecated, dead_code, reason = "a deprecated name is a name; std's side is only compiled")]

pub(crate) mod io;
pub(crate) mod mpsc;
pub(crate) mod net;
pub(crate) mod sync;
pub(crate) mod thread;
pub(crate) mod unix;

use super::sys;
use crate::key::Group;

/// What stands for a type parameter: `Send`, `Sync` and all the rest.
type T = u8;

pub(crate) const GROUPS: &[Group] = &[
    io::IMPORTS, io::TYPES, io::ITEMS, io::IMPLS, io::LACKS,
    mpsc::TYPES, mpsc::ITEMS, mpsc::IMPLS, mpsc::LACKS,
    net::IMPORTS, net::TYPES, net::ITEMS, net::IMPLS,
    sync::IMPORTS, sync::TYPES, sync::ITEMS, sync::IMPLS, sync::LACKS,
    thread::TYPES, thread::ITEMS, thread::IMPLS,
    unix::IMPORTS, unix::TYPES, unix::ITEMS, unix::IMPLS,
];
