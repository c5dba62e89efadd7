//! Every stable public name of the std modules that coro stands in for, against coro's.
//!
//! - `tests/std-api.txt` lists the names: what std's documentation of 1.95 shows of `thread`, `net`, `os::unix::net`,
//!   `os::linux::net`, `sync`, `sync::mpsc` and `io` on Linux, without what is unstable, blanket, or only there for the
//!   compiler. The members of types that std itself takes from elsewhere, and that coro re-exports, are left out.
//! - [`names`](on_coro::names) use them. They are written over an alias and compiled twice, with `std` and with `coro`:
//!   so each line names an item of std indeed, and a missing one of coro does not compile.
//! - The book's chapter "What is different from std" has a table of the names that coro has not, with reasons.
//!
//! [`channel`](on_coro_channel::channel) does the same with crossbeam-channel and `coro::channel`.
//!
//! The tests here tie the three together: a name of the list is used or stands in the table, and never both. One more
//! compares the marker traits (`Send`, `Sync`, ...) of both sides, for payloads that have them and payloads that do
//! not.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails where it unwraps")]
#![allow(clippy::duplicate_mod, reason = "compiling the names twice is the point")]

#[macro_use]
mod macros;
mod key;
mod newer;
mod reexported;
mod table;

/// Compiles the names and the marker tables with one meaning of `sys`.
macro_rules! compiled_with {
    ($module:ident, $sys:ident) => {
        #[path = "."]
        mod $module {
            #[path = "markers.rs"]
            pub(crate) mod markers;
            #[path = "names/mod.rs"]
            pub(crate) mod names;

            pub(crate) use $sys as sys;
        }
    };
}

compiled_with!(on_std, std);
compiled_with!(on_coro, coro);

/// Compiles the names of channels with one meaning of `sys`.
macro_rules! channels_with {
    ($module:ident, $($sys:tt)*) => {
        #[path = "."]
        mod $module {
            pub(crate) mod channel;

            use $($sys)* as sys;
        }
    };
}

channels_with!(on_crossbeam, crossbeam_channel);
channels_with!(on_coro_channel, coro::channel);

use std::collections::{BTreeMap, BTreeSet};

/// The names of the list, without the versions in which they came.
fn listed() -> Vec<&'static str> {
    let lines = include_str!("../../std-api.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(without_version).collect()
}

fn without_version(line: &str) -> &str {
    match line.rsplit_once(' ') {
        Some((name, version)) if version.starts_with("1.") => name,
        _ => line,
    }
}

/// The names that are compiled against coro, and how often.
fn used() -> BTreeMap<String, usize> {
    let groups = on_coro::names::GROUPS.iter().chain(newer::GROUPS).copied().flatten();
    let names = groups.map(|(kind, code)| key::of(*kind, code));
    let names = names.chain(reexported::NAMES.iter().map(|code| key::without_spaces(code)));
    let mut used = BTreeMap::new();
    for name in names {
        *used.entry(name).or_default() += 1;
    }
    used
}

#[test]
fn the_list_names_nothing_twice() {
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> = listed().into_iter().filter(|name| !seen.insert(*name)).collect();
    assert!(twice.is_empty(), "listed twice: {twice:#?}");
    assert!(seen.len() > 650, "the list has lost names: {}", seen.len());
}

#[test]
fn every_name_is_used_or_has_a_reason() {
    let (used, absent) = (used(), table::absent());
    let neither: Vec<&str> = listed()
        .into_iter()
        .filter(|name| !used.contains_key(*name) && !absent.contains_key(*name))
        .collect();
    assert!(neither.is_empty(), "neither used nor in the book's table: {neither:#?}");
}

#[test]
fn no_name_is_both_used_and_called_absent() {
    let (used, absent) = (used(), table::absent());
    let both: Vec<&String> = used.keys().filter(|name| absent.contains_key(*name)).collect();
    assert!(both.is_empty(), "in the book's table, but coro has them: {both:#?}");
}

#[test]
fn nothing_is_used_twice_or_without_being_listed() {
    let listed: BTreeSet<&str> = listed().into_iter().collect();
    let used = used();
    let strange: Vec<_> = used
        .iter()
        .filter(|(name, count)| **count > 1 || !listed.contains(name.as_str()))
        .collect();
    assert!(strange.is_empty(), "used twice, or not in the list: {strange:#?}");
}

#[test]
fn every_row_of_the_table_is_of_a_listed_name() {
    let listed: BTreeSet<&str> = listed().into_iter().collect();
    let absent = table::absent();
    let strange: Vec<&String> =
        absent.keys().filter(|name| !listed.contains(name.as_str())).collect();
    assert!(strange.is_empty(), "in the book's table, but not in the list: {strange:#?}");
}

#[test]
fn marker_traits_are_where_std_has_them() {
    let differing = on_std::markers::differing_from(&on_coro::markers::table());
    assert_eq!(differing, on_coro::markers::KNOWN, "type: trait, in std, in coro");
}

#[test]
fn channels_have_the_names_of_crossbeam() {
    assert_eq!(key::count(on_crossbeam::channel::GROUPS), 148, "names were lost or added");
    assert_eq!(key::count(on_coro_channel::channel::GROUPS), 148, "names were lost or added");
}
