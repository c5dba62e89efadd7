//! A function for each of many items, so many at a time; gevent's `Pool.map`.

use std::collections::BTreeMap;
use std::panic::Location;

use super::builder::Builder;
use super::endings::Endings;
use super::join::{go_on, spawned};
use super::scope::{Scope, ScopedJoinHandle, scope};

/// Calls `f` with each item, in a thread of its own, at most `limit` of them at a time, and returns the results in the
/// order of the items.
///
/// `f` and the items may borrow. The items are taken here, one whenever there is room for its thread, so an iterator may
/// wait, and may have no end that is near. Outside any loop it runs one for all, as [`scope`] does.
///
/// # Panics
/// If `limit` is 0; if no stack can be had. If `f` panics for an item, or somebody kills or raises at its thread, no more
/// items are taken, and the panic goes on when the threads under way have ended. So it does if the iterator panics.
///
/// # Interruption
/// Kill, raise and timeout are passed to the threads under way as a kill, then raised here when the last has ended.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// let pages = ["/", "/about", "/contact"];
/// let fetch = |page: &&str| {
///     coro::thread::sleep(Duration::from_millis(1)); // of these, two at a time
///     page.len()
/// };
/// let sizes = coro::run(|| coro::thread::map_bounded(&pages, 2, fetch));
/// assert_eq!(sizes, [1, 6, 8]);
/// ```
#[track_caller]
pub fn map_bounded<I, F, R>(items: I, limit: usize, f: F) -> Vec<R>
where
    I: IntoIterator,
    F: Fn(I::Item) -> R,
{
    assert!(limit > 0, "a map bounded to 0 threads would never begin; give a limit of at least 1");
    let (site, f) = (Location::caller(), &f);
    scope(|scope| {
        let mut crew =
            Crew { scope, endings: Endings::default(), live: BTreeMap::new(), results: Vec::new() };
        for item in items {
            while crew.live.len() >= limit {
                crew.wait_for_one();
            }
            crew.spawn(Builder::new().at(site), move || f(item));
        }
        crew.finish()
    })
}

/// The threads of a map that are under way, and what has come of the others.
struct Crew<'scope, 'env, R> {
    scope: &'scope Scope<'scope, 'env>,
    endings: Endings,
    /// By the number of their item.
    live: BTreeMap<u64, ScopedJoinHandle<'scope, R>>,
    /// In the order of the items; none for those under way.
    results: Vec<Option<R>>,
}

impl<'scope, R: 'scope> Crew<'scope, '_, R> {
    fn spawn(&mut self, builder: Builder, f: impl FnOnce() -> R + 'scope) {
        let number = self.results.len() as u64;
        let notice = self.endings.notice(number);
        let thread = spawned(self.scope.spawn_with(builder, f, notice));
        self.live.insert(number, thread);
        self.results.push(None);
    }

    /// Waits until a thread has ended, and takes its result.
    fn wait_for_one(&mut self) {
        loop {
            if let Some(number) = self.endings.pop() {
                let thread = self.live.remove(&number).expect("a thread ends once");
                let result = thread.join().unwrap_or_else(|error| go_on(error));
                self.results[number as usize] = Some(result);
                return;
            }
            self.endings.wait().or_raise();
        }
    }

    fn finish(mut self) -> Vec<R> {
        while !self.live.is_empty() {
            self.wait_for_one();
        }
        self.results.into_iter().map(|result| result.expect("no thread is under way")).collect()
    }
}
