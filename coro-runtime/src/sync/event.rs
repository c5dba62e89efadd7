//! A flag to wait for.
//!
//! Whoever waits is a candidate in the queue: a thread, or a choice, which `set` has to claim before it wakes it. So a
//! choice too keeps what it was let go for, when the event is cleared before it runs.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{self, PoisonError};
use std::time::{Duration, Instant};

use crate::channel::{Awaited, Wait};
use crate::error::TimeoutError;
use crate::sched::choice::{Branch, Candidate, Enlisted, Key};
use crate::sched::queue::WaitQueue;
use crate::sched::wait::{self, Clause, Outcome, Waiter};

/// A flag that threads wait for, as `threading.Event` in Python and `Event` in gevent.
///
/// Setting it lets all go who wait at that moment, even if it is cleared at once, and all who come before it is
/// cleared; a [`select!`](crate::select) among them takes it, unless another of its arms was chosen. (A choice that another
/// arm has woken in vain, because somebody else was faster there, does not wait for a moment.) It works between threads
/// of one loop, of several loops, and plain OS threads; what was done before `set` is visible after `wait`.
///
/// # Examples
/// ```
/// use coro::sync::Event;
/// let ready = Event::new();
/// coro::run(|| coro::thread::scope(|scope| {
///     let waiters = [(); 3].map(|()| scope.spawn(|| ready.wait()));
///     coro::thread::yield_now(); // all of them wait now
///     ready.set();
///     assert!(waiters.into_iter().all(|waiter| waiter.join().is_ok()));
/// }));
/// ```
#[doc(alias("AsyncEvent", "ManualResetEvent"))]
pub struct Event {
    /// Changed under the lock of the queue; read without it.
    is_set: AtomicBool,
    queue: sync::Mutex<WaitQueue<Candidate>>,
}

/// Fires when the event was set since it was registered.
struct Turn<'a> {
    event: &'a Event,
    /// The place in the queue; none if the event is set.
    number: Option<u64>,
}

impl Clause for Turn<'_> {
    const WHAT: &'static str = "an event";

    fn register(&mut self, waiter: Waiter) {
        match self.event.enqueue(Candidate::single(waiter)) {
            Ok(number) => self.number = Some(number),
            Err(candidate) => {
                self.number = None;
                candidate.into_waiter().wake();
            }
        }
    }

    fn deregister(&mut self) -> bool {
        if let Some(number) = self.number
            && self.event.queue().remove(number)
        {
            return false;
        }
        self.number = None;
        true
    }
}

impl Event {
    /// Makes an event that is not set.
    ///
    /// # Examples
    /// ```
    /// static READY: coro::sync::Event = coro::sync::Event::new();
    /// assert!(!READY.is_set());
    /// ```
    #[must_use]
    pub const fn new() -> Event {
        Event { is_set: AtomicBool::new(false), queue: sync::Mutex::new(WaitQueue::new()) }
    }

    /// Sets the event and wakes all who wait.
    ///
    /// # Examples
    /// ```
    /// let event = coro::sync::Event::new();
    /// event.set();
    /// event.set(); // it is set already
    /// event.wait(); // and stays so
    /// ```
    pub fn set(&self) {
        let mut queue = self.queue();
        self.is_set.store(true, Ordering::Release);
        let mut all = queue.take_all();
        // Claimed under the lock, so that nobody can clear it before; woken after it.
        let claimed = std::iter::from_fn(|| all.pop()).filter(|(_, candidate)| candidate.claim());
        let waiters: Vec<Waiter> = claimed.map(|(_, candidate)| candidate.into_waiter()).collect();
        drop(queue);
        waiters.into_iter().for_each(Waiter::wake);
    }

    /// Clears the event: who comes from now on waits for the next [`set`](Self::set).
    ///
    /// # Examples
    /// ```
    /// let event = coro::sync::Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    #[doc(alias("reset"))]
    pub fn clear(&self) {
        let queue = self.queue();
        self.is_set.store(false, Ordering::Relaxed);
        drop(queue);
    }

    /// Whether the event is set.
    ///
    /// # Examples
    /// ```
    /// let event = coro::sync::Event::new();
    /// assert!(!event.is_set());
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Waits until the event is set; returns at once if it is.
    ///
    /// # Interruption
    /// Kill, raise and timeout end the wait, unless the event was set before.
    ///
    /// # Examples
    /// ```
    /// let event = coro::sync::Event::new();
    /// coro::run(|| coro::thread::scope(|scope| {
    ///     scope.spawn(|| event.set());
    ///     event.wait();
    ///     assert!(event.is_set());
    /// }));
    /// ```
    #[inline]
    pub fn wait(&self) {
        if !self.is_set() {
            let was_set = self.wait_slowly(None);
            debug_assert!(was_set, "the wait has no deadline");
        }
    }

    /// Waits until the event is set, for at most `limit` by the loop's clock.
    ///
    /// # Errors
    /// [`TimeoutError`] if it was not set in time.
    ///
    /// # Interruption
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// let event = coro::sync::Event::new();
    /// coro::run(|| {
    ///     assert!(event.wait_timeout(Duration::from_millis(1)).is_err());
    ///     event.set();
    ///     assert!(event.wait_timeout(Duration::ZERO).is_ok());
    /// });
    /// ```
    pub fn wait_timeout(&self, limit: Duration) -> Result<(), TimeoutError> {
        if self.is_set() || self.wait_slowly(wait::deadline_after(limit)) {
            return Ok(());
        }
        Err(TimeoutError)
    }

    /// Waits; false if the deadline passed first.
    #[cold]
    fn wait_slowly(&self, deadline: Option<Instant>) -> bool {
        let mut turn = Turn { event: self, number: None };
        loop {
            match wait::on(&mut turn, deadline) {
                Outcome::Fired if turn.number.is_none() => return true,
                Outcome::Fired => {}
                Outcome::TimedOut => return false,
                Outcome::Interrupted(interrupt) => interrupt.raise(),
            }
        }
    }

    /// Adds `candidate` to the queue, unless the event is set: then it comes back.
    fn enqueue(&self, candidate: Candidate) -> Result<u64, Candidate> {
        let mut queue = self.queue();
        if self.is_set() { Err(candidate) } else { Ok(queue.push(candidate)) }
    }

    fn queue(&self) -> sync::MutexGuard<'_, WaitQueue<Candidate>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Wait<'a> for &'a Event {
    type Output = ();

    fn into_awaited(self) -> Awaited<'a> {
        Awaited::of(self)
    }

    fn output(_: io::Result<()>) {}
}

/// As a branch, it can be had while it is set, and by whoever waits when it is set; nothing is taken.
impl Branch for &Event {
    fn attempt(&self) -> Option<Key> {
        self.is_set().then_some(0)
    }

    fn enlist(&self, candidate: Candidate) -> Enlisted {
        let Ok(number) = Event::enqueue(self, candidate) else { return Enlisted::Ready };
        Enlisted::Waiting(
            Key::try_from(number).expect("an event is waited for less often than that"),
        )
    }

    fn withdraw(&self, key: Key) {
        self.queue().remove(key as u64);
    }

    fn abandon(&self, _key: Key) {}
}

impl Default for Event {
    fn default() -> Event {
        Event::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("is_set", &self.is_set()).finish_non_exhaustive()
    }
}
