//! Watching other threads of the loop without touching them.

use coro::__private::leftovers;

/// How often [`until`] gives way before it says that nothing will come.
const PATIENCE: u32 = 5_000_000;

/// Gives way until `condition` holds.
///
/// Only for what the scheduler brings about within some turns, or the kernel at once.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..PATIENCE {
        if condition() {
            return;
        }
        coro::thread::yield_now();
    }
    panic!("this never came: {what}; alive are\n{}", leftovers());
}

/// What the thread of this name waits for, as reports say it; none if there is no such thread.
pub(crate) fn doing(name: &str) -> Option<String> {
    let report = leftovers();
    let start = format!("thread '{name}', spawned at ");
    let line = report.lines().find(|line| line.starts_with(&start))?;
    let line = line.strip_suffix("; join or kill it")?;
    let (_, doing) = line.rsplit_once(": ")?;
    Some(doing.strip_prefix("waits for ").unwrap_or(doing).to_owned())
}

/// Gives way until the thread of this name is parked, waiting for `what`.
#[track_caller]
pub(crate) fn until_parked(name: &str, what: &str) {
    until(&format!("'{name}' waits for {what}"), || doing(name).as_deref() == Some(what));
}

/// Gives way until main is the only thread.
#[track_caller]
pub(crate) fn until_alone() {
    until("all threads end", || !leftovers().contains("thread "));
}
