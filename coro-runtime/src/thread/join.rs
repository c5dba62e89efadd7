//! Two functions side by side, as rayon's `join`.

use std::io;
use std::panic::Location;

use super::builder::Builder;
use super::scope::{ScopedJoinHandle, scope};
use crate::error::JoinError;
use crate::sched::unwind;

/// Runs `a` here and `b` in a thread beside it, waits for both, and returns what they return, as rayon's `join`.
///
/// Both may borrow. `b` begins when `a` waits or ends. Outside any loop it runs one for both, as [`scope`] does.
///
/// # Panics
/// If `a` or `b` panics: its panic goes on when both have ended, that of `a` first. If somebody kills the thread of `b`,
/// or raises at it. If no stack can be had.
///
/// # Interruption
/// Kill, raise and timeout are passed to the thread of `b` as a kill, then raised here when it has ended.
///
/// # Examples
/// ```
/// fn largest(numbers: &[u32]) -> u32 {
///     match numbers {
///         [] => 0,
///         [only] => *only,
///         _ => {
///             let (left, right) = numbers.split_at(numbers.len() / 2);
///             let (left, right) = coro::join(|| largest(left), || largest(right));
///             left.max(right)
///         }
///     }
/// }
///
/// assert_eq!(coro::run(|| largest(&[3, 1, 4, 1, 5, 9, 2, 6])), 9);
/// ```
#[track_caller]
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB,
{
    let builder = Builder::new().at(Location::caller());
    scope(|scope| {
        let b = spawned(scope.spawn_with(builder, b, ()));
        let a = a();
        (a, b.join().unwrap_or_else(|error| go_on(error)))
    })
}

/// Panics like `spawn`, if there is no thread.
pub(super) fn spawned<T>(outcome: io::Result<ScopedJoinHandle<'_, T>>) -> ScopedJoinHandle<'_, T> {
    outcome.unwrap_or_else(|error| panic!("failed to spawn a thread: {error}"))
}

/// Passes on that a thread has no result, to whoever cannot go on without.
pub(super) fn go_on(error: JoinError) -> ! {
    if error.is_panic() {
        unwind::resume(error.into_panic());
    }
    panic!("a result is missing: {error}");
}
