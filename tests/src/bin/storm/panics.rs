//! Sees to it that no panic goes unnoticed.

use std::sync::atomic::{AtomicU64, Ordering};

use coro::__private::Planned;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Counts every panic of this process from now on, and keeps those silent that a script asks for.
pub(crate) fn count() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Planned>() {
            PANICS.fetch_add(1, Ordering::Relaxed);
            previous(info);
        }
    }));
}

/// How many panics there were.
pub(crate) fn counted() -> u64 {
    PANICS.load(Ordering::Relaxed)
}
