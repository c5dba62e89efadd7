//! The original manual's event list: values by time, for whoever waits until one is due.
//!
//! Of the threads that wait, one keeps the *watch*: it waits until the first entry is due, by its own loop's clock. The
//! others wait in a queue, without a deadline of the list's. An entry stays in the list until somebody who runs takes it
//! out, so an interrupted wait loses none. Whoever leaves, with an entry or without, by an unwind or not, wakes the next
//! in the queue if nobody keeps the watch then. Somebody who was woken looks at the list in any case before anything
//! else can happen to it, and so either takes the watch or leaves in turn.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::entries::{self, Entries, Place, When};
use super::wall::Clocks;
use crate::error::TimeoutError;
use crate::sched::queue::WaitQueue;
use crate::sched::wait::{self, Clause, Waiter};

/// Values by time: each is given out once, when its time has come, to a thread that waits for it.
///
/// The counterpart of the manual's `event_list`. Entries are inserted for a point of the loop's clock, after a duration,
/// or for a time on the wall clock, and can be cancelled. The one that is due for longest comes first, and equal times
/// come in the order of insertion.
///
/// Any number of threads may wait, of one loop, of several loops, and plain OS threads, and each entry goes to one of
/// them. When the time has come is told by the clock of the waiting thread's loop; where loops with different clocks
/// wait at the same list, by the clock of one of them.
///
/// # Examples
/// ```
/// use coro::time::{Duration, EventList};
/// coro::Builder::new().start_paused(true).run(|| {
///     let agenda = EventList::new();
///     agenda.insert_after(Duration::from_secs(3600), "lunch");
///     let meeting = agenda.insert_after(Duration::from_secs(1800), "meeting");
///     agenda.insert_after(Duration::from_secs(60), "coffee");
///     assert_eq!(agenda.wait(), "coffee");
///     assert_eq!(agenda.cancel(meeting), Some("meeting"));
///     assert_eq!(agenda.wait(), "lunch");
/// });
/// ```
#[doc(alias("event_list", "DelayQueue"))]
pub struct EventList<T> {
    state: Mutex<State<T>>,
}

/// Names an entry of an [`EventList`], to [cancel](EventList::cancel) it.
///
/// A key is never used again, and it fits no other list.
///
/// # Examples
/// ```
/// use coro::time::{Duration, EventKey, EventList};
/// let list = EventList::new();
/// let key: EventKey = list.insert_after(Duration::from_secs(1), 7);
/// assert_eq!(list.cancel(key), Some(7));
/// assert_eq!(list.cancel(key), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventKey(u64);

struct State<T> {
    entries: Entries<T>,
    /// Whether somebody keeps the watch.
    is_watched: bool,
    /// Who keeps the watch, while parked and not woken.
    watch: Option<Waiter>,
    /// An entry has come in that is due before all others; cleared when the watch looks.
    must_look: bool,
    /// Who waits without keeping the watch.
    followers: WaitQueue,
    /// How many of all these stop waiting when the list is empty.
    leavers: usize,
}

impl<T> State<T> {
    /// Makes the watch look again; it is to be woken once the lock is released.
    fn alert(&mut self) -> Option<Waiter> {
        self.must_look = true;
        self.watch.take()
    }

    /// Whom to wake after an entry was taken out: everybody, if it was the last and some wait no longer then.
    fn alert_if_empty(&mut self) -> WaitQueue {
        if !self.entries.is_empty() || self.leavers == 0 {
            return WaitQueue::new();
        }
        let mut everybody = self.followers.take_all();
        if let Some(watch) = self.alert() {
            everybody.push(watch);
        }
        everybody
    }
}

impl<T> EventList<T> {
    /// Makes an empty list.
    ///
    /// # Examples
    /// ```
    /// assert!(coro::time::EventList::<u32>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> EventList<T> {
        let state = State {
            entries: Entries::new(),
            is_watched: false,
            watch: None,
            must_look: false,
            followers: WaitQueue::new(),
            leavers: 0,
        };
        EventList { state: Mutex::new(state) }
    }

    /// Inserts a value that is due at `deadline` by the clock that [`now`](super::now) reads.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{EventList, now};
    /// let list = EventList::new();
    /// list.insert_at(now(), "due already");
    /// assert_eq!(list.pop_due(), Some("due already"));
    /// ```
    #[doc(alias = "call_at")]
    pub fn insert_at(&self, deadline: Instant, value: T) -> EventKey {
        self.insert(When::At(deadline), value)
    }

    /// Inserts a value that is due after `delay`.
    ///
    /// A delay that ends beyond the clock's range, such as [`Duration::MAX`], means never: the value stays until it is
    /// cancelled.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// coro::Builder::new().start_paused(true).run(|| {
    ///     let list = EventList::new();
    ///     list.insert_after(Duration::from_secs(2), "second");
    ///     list.insert_after(Duration::from_secs(1), "first");
    ///     assert_eq!([list.wait(), list.wait()], ["first", "second"]);
    /// });
    /// ```
    #[doc(alias = "call_later")]
    pub fn insert_after(&self, delay: Duration, value: T) -> EventKey {
        let when = wait::deadline_after(delay).map_or(When::Never, When::At);
        self.insert(when, value)
    }

    /// Inserts a value that is due when the [wall clock](super::system_now) shows `time`.
    ///
    /// The wall clock may be set meanwhile, with what follows for the [precision](super::sleep_absolute#precision).
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList, system_now};
    /// coro::Builder::new().start_paused(true).run(|| {
    ///     let list = EventList::new();
    ///     let midnight = system_now() + Duration::from_secs(3 * 3600);
    ///     list.insert_absolute(midnight, "time to sleep");
    ///     assert_eq!(list.wait(), "time to sleep");
    ///     assert_eq!(system_now(), midnight);
    /// });
    /// ```
    pub fn insert_absolute(&self, time: SystemTime, value: T) -> EventKey {
        self.insert(When::Absolute(time), value)
    }

    fn insert(&self, when: When, value: T) -> EventKey {
        let mut state = self.state();
        let (number, place) = state.entries.insert(when, value);
        let watch = match place {
            Place::First => state.alert(),
            Place::Later => None,
        };
        drop(state);
        if let Some(watch) = watch {
            watch.wake();
        }
        EventKey(number)
    }

    /// Takes an entry out before its time; none, if it was given out or cancelled already.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// let list = EventList::new();
    /// let reminder = list.insert_after(Duration::MAX, "never due");
    /// assert_eq!(list.cancel(reminder), Some("never due"));
    /// assert!(list.is_empty());
    /// ```
    pub fn cancel(&self, key: EventKey) -> Option<T> {
        self.take_out(|entries| entries.remove(key.0))
    }

    /// Takes out the entry that is due for longest, without waiting; none, if none is due.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// let list = EventList::new();
    /// list.insert_after(Duration::ZERO, "now");
    /// list.insert_after(Duration::from_secs(3600), "later");
    /// assert_eq!(list.pop_due(), Some("now"));
    /// assert_eq!(list.pop_due(), None);
    /// ```
    pub fn pop_due(&self) -> Option<T> {
        let clocks = Clocks::read();
        self.take_out(|entries| entries.pop_due(&clocks))
    }

    fn take_out(&self, take: impl FnOnce(&mut Entries<T>) -> Option<T>) -> Option<T> {
        let mut state = self.state();
        let value = take(&mut state.entries)?;
        let woken = state.alert_if_empty();
        drop(state);
        wake_all(woken);
        Some(value)
    }

    /// Takes all entries out and drops them.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// let list = EventList::new();
    /// list.insert_after(Duration::MAX, 7);
    /// list.clear();
    /// assert!(list.is_empty());
    /// ```
    pub fn clear(&self) {
        let mut state = self.state();
        let entries = std::mem::replace(&mut state.entries, Entries::new());
        let woken = state.alert_if_empty();
        drop(state);
        wake_all(woken);
        drop(entries);
    }

    /// Waits until an entry is due and takes it out.
    ///
    /// It also waits while the list is empty: somebody may insert an entry. See [`next_event`](Self::next_event) for a
    /// wait that ends then. An entry that is due already is given at once.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait. The entry stays in the list, for somebody else.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// use std::rc::Rc;
    /// coro::run(|| {
    ///     let list = Rc::new(EventList::new());
    ///     let waiter = coro::thread::spawn({ let list = list.clone(); move || list.wait() });
    ///     coro::thread::yield_now(); // it waits, although there is nothing yet
    ///     list.insert_after(Duration::from_millis(1), "event");
    ///     assert_eq!(waiter.join().unwrap(), "event");
    /// });
    /// ```
    pub fn wait(&self) -> T {
        loop {
            if let Some(value) = self.wait_to(None, WhenEmpty::Wait) {
                return value;
            }
        }
    }

    /// Waits until an entry is due and takes it out, but at most for `limit` by the loop's clock.
    ///
    /// A limit beyond the clock's range, such as [`Duration::MAX`], means none.
    ///
    /// # Errors
    /// [`TimeoutError`] if none was due in time.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// coro::run(|| {
    ///     let list = EventList::new();
    ///     list.insert_after(Duration::from_secs(3600), "late");
    ///     assert!(list.wait_timeout(Duration::from_millis(1)).is_err());
    ///     assert_eq!(list.len(), 1); // it is still there
    /// });
    /// ```
    pub fn wait_timeout(&self, limit: Duration) -> Result<T, TimeoutError> {
        match wait::deadline_after(limit) {
            Some(deadline) => self.wait_until(deadline),
            None => Ok(self.wait()),
        }
    }

    /// Waits until an entry is due and takes it out, but not after `deadline` by the loop's clock.
    ///
    /// # Errors
    /// [`TimeoutError`] if none was due in time.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use coro::time::{EventList, now};
    /// coro::run(|| {
    ///     let list = EventList::<u32>::new();
    ///     assert!(list.wait_until(now()).is_err());
    /// });
    /// ```
    pub fn wait_until(&self, deadline: Instant) -> Result<T, TimeoutError> {
        self.wait_to(Some(deadline), WhenEmpty::Wait).ok_or(TimeoutError)
    }

    /// Waits until an entry is due and takes it out; none as soon as the list is empty.
    ///
    /// It does not matter who empties it: another waiter that takes the last entry, or whoever cancels it. The entries
    /// that are never due count as well.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// coro::Builder::new().start_paused(true).run(|| {
    ///     let list = EventList::new();
    ///     for n in [3, 1, 2] {
    ///         list.insert_after(Duration::from_secs(n), n);
    ///     }
    ///     let mut order = Vec::new();
    ///     while let Some(n) = list.next_event() {
    ///         order.push(n);
    ///     }
    ///     assert_eq!(order, [1, 2, 3]);
    /// });
    /// ```
    pub fn next_event(&self) -> Option<T> {
        self.wait_to(None, WhenEmpty::Leave)
    }

    fn wait_to(&self, limit: Option<Instant>, when_empty: WhenEmpty) -> Option<T> {
        // A list that always has something due must not keep the thread from giving way.
        wait::spend_operation();
        let mut turn = Turn::begin(self, when_empty);
        let mut is_time_up = false;
        loop {
            let next_look = match turn.look() {
                Look::Due(value) => return Some(value),
                Look::Wait(next_look) if !is_time_up => next_look,
                Look::Wait(_) | Look::Leave => return None,
            };
            let woken = wait::on(&mut turn, entries::earlier(next_look, limit)).or_raise();
            is_time_up = !woken && limit.is_some_and(|limit| limit <= wait::now());
        }
    }

    /// When the next entry is due, by the loop's clock; none, if no entry ever will be.
    ///
    /// For an entry by the wall clock it is a forecast, which holds if that clock is not set.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList, now};
    /// let list = EventList::new();
    /// assert_eq!(list.next_deadline(), None);
    /// let deadline = now() + Duration::from_secs(1);
    /// list.insert_at(deadline, 7);
    /// assert_eq!(list.next_deadline(), Some(deadline));
    /// ```
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let clocks = Clocks::read();
        self.state().entries.next_deadline(&clocks)
    }

    /// How many entries there are, due or not.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// let list = EventList::new();
    /// list.insert_after(Duration::ZERO, 7);
    /// list.insert_after(Duration::MAX, 7);
    /// assert_eq!(list.len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().entries.len()
    }

    /// Whether there is no entry, due or not.
    ///
    /// # Examples
    /// ```
    /// use coro::time::{Duration, EventList};
    /// let list = EventList::new();
    /// assert!(list.is_empty());
    /// list.insert_after(Duration::MAX, 7);
    /// assert!(!list.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for EventList<T> {
    fn default() -> EventList<T> {
        EventList::new()
    }
}

impl<T> fmt::Debug for EventList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventList").field("entries", &self.len()).finish_non_exhaustive()
    }
}

fn wake_all(mut waiters: WaitQueue) {
    while let Some((_, waiter)) = waiters.pop() {
        waiter.wake();
    }
}

/// What a waiting thread does when the list is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenEmpty {
    Wait,
    Leave,
}

/// What a waiting thread finds.
enum Look<T> {
    Due(T),
    /// Nothing is due; the time is for the one that keeps the watch.
    Wait(Option<Instant>),
    /// The list is empty, and the thread waits no longer then.
    Leave,
}

/// The stay of a thread among those who wait; as a clause, it fires when the thread is to look again.
struct Turn<'a, T> {
    list: &'a EventList<T>,
    when_empty: WhenEmpty,
    keeps_watch: bool,
    /// The place in the queue, while parked without keeping the watch.
    number: Option<u64>,
}

impl<'a, T> Turn<'a, T> {
    fn begin(list: &'a EventList<T>, when_empty: WhenEmpty) -> Turn<'a, T> {
        if when_empty == WhenEmpty::Leave {
            list.state().leavers += 1;
        }
        Turn { list, when_empty, keeps_watch: false, number: None }
    }

    /// Takes what is due; if nothing is, takes the watch unless somebody else keeps it.
    fn look(&mut self) -> Look<T> {
        if let Some(value) = self.list.pop_due() {
            return Look::Due(value);
        }
        let clocks = Clocks::read();
        let mut state = self.list.state();
        if self.may_leave(&state) {
            return Look::Leave;
        }
        if state.is_watched && !self.keeps_watch {
            return Look::Wait(None);
        }
        self.keeps_watch = true;
        state.is_watched = true;
        state.must_look = false;
        Look::Wait(state.entries.next_look(&clocks))
    }

    fn may_leave(&self, state: &State<T>) -> bool {
        self.when_empty == WhenEmpty::Leave && state.entries.is_empty()
    }
}

impl<T> Clause for Turn<'_, T> {
    const WHAT: &'static str = "an EventList";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.list.state();
        // Between the look and this, another OS thread may have changed what was seen.
        let is_outdated = match self.keeps_watch {
            true => state.must_look,
            false => !state.is_watched || self.may_leave(&state),
        };
        if is_outdated {
            drop(state);
            waiter.wake();
        } else if self.keeps_watch {
            state.watch = Some(waiter);
        } else {
            self.number = Some(state.followers.push(waiter));
        }
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.list.state();
        match self.number.take() {
            Some(number) => !state.followers.remove(number),
            None if self.keeps_watch => state.watch.take().is_none(),
            None => true,
        }
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let mut state = self.list.state();
        if self.when_empty == WhenEmpty::Leave {
            state.leavers -= 1;
        }
        if self.keeps_watch {
            state.is_watched = false;
        }
        let next = if state.is_watched { None } else { state.followers.pop() };
        drop(state);
        if let Some((_, waiter)) = next {
            waiter.wake();
        }
    }
}
