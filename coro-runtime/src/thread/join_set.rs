//! A group of threads that is joined in the order in which they end.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::mem;

use super::builder::Builder;
use super::endings::Endings;
use super::handle::{JoinHandle, Thread};
use super::routine::Routine;
use crate::error::JoinError;
use crate::id::ThreadId;

/// A group of threads whose results are taken in the order in which they end, shaped after tokio's `JoinSet`.
///
/// As an iterator it gives the results until no thread is left; threads may be added meanwhile. When it is dropped, the
/// threads that are left are killed; [`detach_all`](Self::detach_all) lets them live. Waiting for the next result costs
/// the same however many threads there are.
///
/// It may be sent to other OS threads if the results may. New threads belong to the loop of the OS thread that spawns
/// them; results are taken from everywhere.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// coro::Builder::new().start_paused(true).run(|| {
///     let mut set = coro::JoinSet::new();
///     for n in [3, 1, 2] {
///         set.spawn(move || { coro::thread::sleep(Duration::from_secs(n)); n });
///     }
///     let order: Vec<u64> = set.by_ref().map(|outcome| outcome.expect("nobody panics")).collect();
///     assert_eq!(order, [1, 2, 3]);
///     assert!(set.is_empty());
/// });
/// ```
///
/// Results that are not `Send` stay where they are:
/// ```compile_fail
/// fn is_send<T: Send>() {}
/// is_send::<coro::JoinSet<std::rc::Rc<()>>>();
/// ```
#[must_use = "the threads of a set are killed when it is dropped"]
pub struct JoinSet<T> {
    /// Those whose result was not taken, by the order in which they were spawned.
    handles: BTreeMap<u64, JoinHandle<T>>,
    /// The number of the next thread.
    next: u64,
    endings: Endings,
}

impl<T> JoinSet<T> {
    /// An empty set. It needs no loop.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::JoinSet::<()>::new().is_empty());
    /// ```
    pub fn new() -> JoinSet<T> {
        JoinSet { handles: BTreeMap::new(), next: 0, endings: Endings::default() }
    }

    /// How many threads there are whose result was not taken.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set: coro::JoinSet<u32> = (0..3).map(|n| move || n).collect();
    ///     coro::thread::yield_now(); // they have ended now, but stay in the set
    ///     assert_eq!(set.len(), 3);
    ///     set.join_next();
    ///     assert_eq!(set.len(), 2);
    /// });
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// Whether no thread is left whose result was not taken.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     set.spawn(|| ());
    ///     assert!(!set.is_empty());
    ///     assert!(set.join_next().is_some() && set.is_empty());
    /// });
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    /// Waits until a thread ends, and returns its result; at once if one has ended before, and none if none is left.
    ///
    /// # Errors
    /// Inside: the thread panicked, was killed, or was raised at and did not catch it.
    ///
    /// # Panics
    /// If the only thread of the set is the caller itself, which would wait for ever.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the set is as before, so nothing is lost.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     set.spawn(coro::thread::park).kill();
    ///     assert!(set.join_next().unwrap().unwrap_err().is_killed());
    ///     assert!(set.join_next().is_none());
    /// });
    /// ```
    #[track_caller]
    pub fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.join_next_with_id().map(|(_, outcome)| outcome)
    }

    /// As [`join_next`](Self::join_next), and says which thread it was.
    ///
    /// # Panics
    /// As there.
    ///
    /// # Interruption
    /// As there.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     let id = set.spawn(|| 7).id();
    ///     let (ended, outcome) = set.join_next_with_id().unwrap();
    ///     assert_eq!((ended, outcome.unwrap()), (id, 7));
    /// });
    /// ```
    #[track_caller]
    pub fn join_next_with_id(&mut self) -> Option<(ThreadId, Result<T, JoinError>)> {
        while !self.handles.is_empty() {
            if let Some(handle) = self.pop() {
                return Some((handle.thread().id(), handle.join()));
            }
            self.expect_another_thread();
            self.endings.wait().or_raise();
        }
        None
    }

    /// The result of a thread that has ended; none if none has.
    ///
    /// # Errors
    /// Inside, as in [`join_next`](Self::join_next).
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     set.spawn(|| 7);
    ///     assert!(set.try_join_next().is_none()); // it has not run yet
    ///     coro::thread::yield_now();
    ///     assert_eq!(set.try_join_next().unwrap().unwrap(), 7);
    /// });
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        self.pop().map(JoinHandle::join)
    }

    /// Waits for all threads, and returns their results in the order in which they ended.
    ///
    /// # Panics
    /// If a thread panicked, with its panic; if one was killed, or raised at. The others are killed then.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, and the threads that are left are killed.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let set: coro::JoinSet<u32> = (1..=3).map(|n| move || n * n).collect();
    ///     assert_eq!(set.join_all(), [1, 4, 9]);
    /// });
    /// ```
    #[track_caller]
    pub fn join_all(self) -> Vec<T> {
        self.map(|outcome| outcome.unwrap_or_else(|error| super::join::go_on(error))).collect()
    }

    /// Kills all threads, and does not wait. [`join_next`](Self::join_next) still gives how they ended.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set: coro::JoinSet<()> = (0..2).map(|_| coro::thread::park).collect();
    ///     set.kill_all();
    ///     assert!(set.all(|outcome| outcome.unwrap_err().is_killed()));
    /// });
    /// ```
    #[doc(alias = "abort_all")]
    pub fn kill_all(&self) {
        // Killing runs no user code.
        for handle in self.handles.values() {
            handle.kill();
        }
    }

    /// Kills all threads and waits until the last has ended. Their results are dropped.
    ///
    /// # Panics
    /// If the only thread of the set is the caller itself.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait; the threads that are left are killed all the same.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set: coro::JoinSet<()> = (0..2).map(|_| coro::thread::park).collect();
    ///     set.shutdown();
    ///     assert!(set.is_empty());
    /// });
    /// ```
    #[track_caller]
    pub fn shutdown(&mut self) {
        self.kill_all();
        while self.join_next().is_some() {}
    }

    /// Takes all threads out of the set and lets them run on; their results are dropped.
    ///
    /// # Examples
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    /// let ran = Rc::new(Cell::new(false));
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     set.spawn({ let ran = ran.clone(); move || ran.set(true) });
    ///     set.detach_all();
    ///     drop(set);
    ///     coro::thread::yield_now();
    /// });
    /// assert!(ran.get());
    /// ```
    pub fn detach_all(&mut self) {
        // What they will tell of their ends goes nowhere.
        self.endings = Endings::default();
        drop(mem::take(&mut self.handles));
    }

    /// Takes out a thread that has ended.
    fn pop(&mut self) -> Option<JoinHandle<T>> {
        // A spawn that came to nothing has used up a number, too.
        std::iter::from_fn(|| self.endings.pop()).find_map(|number| self.handles.remove(&number))
    }

    #[track_caller]
    fn expect_another_thread(&self) {
        if let (1, Some(handle)) = (self.handles.len(), self.handles.values().next()) {
            let thread = handle.thread();
            assert!(!thread.is_current(), "thread {} cannot join itself", thread.described());
        }
    }
}

impl<T: 'static> JoinSet<T> {
    /// Spawns a thread into the set, in the loop of this OS thread.
    ///
    /// # Panics
    /// If no loop runs on this OS thread, or no stack can be had.
    ///
    /// # Examples
    /// ```
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     let thread = set.spawn(|| 1);
    ///     assert_eq!(thread.name(), None);
    ///     assert_eq!(set.join_all(), [1]);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, f: F) -> Thread
    where
        F: FnOnce() -> T + 'static,
    {
        spawned(self.spawn_with(Builder::new(), f))
    }

    /// Spawns a routine into the set.
    ///
    /// # Panics
    /// As [`spawn`](Self::spawn).
    ///
    /// # Examples
    /// ```
    /// #[coro::thread]
    /// fn double(n: u32) -> u32 {
    ///     2 * n
    /// }
    ///
    /// coro::run(|| {
    ///     let mut set = coro::JoinSet::new();
    ///     assert_eq!(set.spawn_routine(double(1)).name(), Some("double"));
    ///     set.spawn_routine(double(2).named("second"));
    ///     assert_eq!(set.join_all(), [2, 4]);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn_routine(&mut self, routine: Routine<'static, T>) -> Thread {
        let (builder, body) = routine.into_parts();
        spawned(self.spawn_with(builder, body))
    }

    /// Spawns a thread with a name or a stack size into the set.
    ///
    /// # Errors
    /// Those of [`Builder::spawn`]; the set is as before.
    ///
    /// # Examples
    /// ```
    /// use coro::thread::Builder;
    /// coro::run(|| -> std::io::Result<()> {
    ///     let mut set = coro::JoinSet::new();
    ///     let thread = set.spawn_with(Builder::new().name("first".into()), || 1)?;
    ///     assert_eq!(thread.name(), Some("first"));
    ///     assert!(set.spawn_with(Builder::new().stack_size(1), || 2).is_err());
    ///     assert_eq!(set.join_all(), [1]);
    ///     Ok(())
    /// }).unwrap();
    /// ```
    #[doc(alias = "build_task")]
    #[track_caller]
    pub fn spawn_with<F>(&mut self, builder: Builder, f: F) -> io::Result<Thread>
    where
        F: FnOnce() -> T + 'static,
    {
        let number = self.next;
        self.next += 1;
        let handle = builder.spawn_with_last(f, self.endings.notice(number))?;
        let thread = handle.thread().clone();
        self.handles.insert(number, handle);
        Ok(thread)
    }
}

#[track_caller]
fn spawned(outcome: io::Result<Thread>) -> Thread {
    match outcome {
        Ok(thread) => thread,
        Err(error) => panic!("failed to spawn a thread: {error}"),
    }
}

impl<T> Iterator for JoinSet<T> {
    type Item = Result<T, JoinError>;

    #[track_caller]
    fn next(&mut self) -> Option<Result<T, JoinError>> {
        self.join_next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.handles.len(), Some(self.handles.len()))
    }
}

impl<T: 'static, F: FnOnce() -> T + 'static> FromIterator<F> for JoinSet<T> {
    /// Spawns a thread for each function.
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(functions: I) -> JoinSet<T> {
        let mut set = JoinSet::new();
        for f in functions {
            set.spawn(f);
        }
        set
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> JoinSet<T> {
        JoinSet::new()
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.kill_all();
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish_non_exhaustive()
    }
}
