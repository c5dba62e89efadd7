//! Which marker traits the types have, for payloads that have all of them, or lack some.

use std::collections::BTreeMap;
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::sys;
use crate::key::{self, Kind};

/// Where coro has a marker less: the book's chapter says why.
#[allow(dead_code, reason = "only asked for on coro's side")]
pub(crate) const KNOWN: &[&str] = &[
    "sync::RwLockWriteGuard of not_send: Sync: true, false",
    "thread::JoinHandle of neither: Send: true, false",
    "thread::JoinHandle of not_send: Send: true, false",
    "thread::ScopedJoinHandle of everything: Send: true, false",
    "thread::ScopedJoinHandle of everything: Sync: true, false",
    "thread::ScopedJoinHandle of not_sync: Send: true, false",
    "thread::ScopedJoinHandle of not_sync: Sync: true, false",
    "thread::ScopedJoinHandle of not_unpin: Send: true, false",
    "thread::ScopedJoinHandle of not_unpin: Sync: true, false",
    "thread::ScopedJoinHandle of not_unwind_safe: Send: true, false",
    "thread::ScopedJoinHandle of not_unwind_safe: Sync: true, false",
];

/// For each type with each payload, and each marker trait: whether the type has it.
pub(crate) type Table = BTreeMap<String, bool>;

/// A module for each payload, since a constant cannot depend on a type parameter.
macro_rules! with_payloads {
    ($($module:ident: $payload:ty;)*) => {
        $(mod $module {
            use super::*;
            type X = $payload;
            pub(super) fn add_to(table: &mut Table) {
                all_rows!(table, stringify!($module));
            }
        })*

        pub(crate) fn table() -> Table {
            let mut table = Table::new();
            $($module::add_to(&mut table);)*
            table
        }
    };
}

macro_rules! rows {
    ($table:ident, $payload:expr; $($type:ty;)*) => {$(
        rows!($table, $payload; $type: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    )*};
    ($table:ident, $payload:expr; $type:ty: $($trait:ident),*) => {$(
        let name = key::of(Kind::Item, stringify!($type));
        let row = format!("{name} of {}: {}", $payload, stringify!($trait));
        $table.insert(row, implements!($type: $trait));
    )*};
}

macro_rules! all_rows {
    ($table:ident, $payload:expr) => {
        rows! { $table, $payload;
            sys::sync::LazyLock<X>;
            sys::sync::Mutex<X>;
            sys::sync::MutexGuard<'static, X>;
            sys::sync::OnceLock<X>;
            sys::sync::RwLock<X>;
            sys::sync::RwLockReadGuard<'static, X>;
            sys::sync::RwLockWriteGuard<'static, X>;
            sys::sync::mpsc::IntoIter<X>;
            sys::sync::mpsc::Iter<'static, X>;
            sys::sync::mpsc::Receiver<X>;
            sys::sync::mpsc::Sender<X>;
            sys::sync::mpsc::SyncSender<X>;
            sys::sync::mpsc::TryIter<'static, X>;
            sys::thread::JoinHandle<X>;
            sys::thread::LocalKey<X>;
            sys::thread::ScopedJoinHandle<'static, X>;
        }
    };
}

with_payloads! {
    everything: u8;
    not_sync: std::cell::Cell<u8>;
    not_send: std::sync::MutexGuard<'static, u8>;
    neither: std::rc::Rc<u8>;
    not_unpin: std::marker::PhantomPinned;
    not_unwind_safe: &'static mut u8;
}

/// The rows in which this side differs from the other.
#[allow(dead_code, reason = "std's side asks, coro's answers")]
pub(crate) fn differing_from(other: &Table) -> Vec<String> {
    let table = table();
    let rows = table.iter().filter(|(row, has)| other.get(*row) != Some(has));
    rows.map(|(row, has)| format!("{row}: {has}, {}", !has)).collect()
}
