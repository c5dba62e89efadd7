//! Helper OS threads that work off a queue of jobs, first come, first served.
//!
//! A helper is started when a job finds none idle, up to the pool's bound, and ends after it had nothing to do for
//! [`IDLE`]. A forked child has none of its parent's helpers, but perhaps a lock that one of them held at that moment:
//! it begins anew, with a crew of its own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crate::sys::fork;

/// How long a helper waits for the next job before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// What a crew says before its first job: it belongs to no process yet.
const UNCLAIMED: u32 = u32::MAX;

/// What a helper does; it does not unwind.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// A bounded number of helpers.
#[derive(Debug)]
pub(crate) struct Pool {
    /// What the helpers are called.
    name: &'static str,
    /// How many of them there may be at a time.
    most: usize,
    first: Crew,
}

/// The helpers of one process.
#[derive(Debug)]
struct Crew {
    /// Which process it is, as [`fork::count`] tells them apart.
    forks: AtomicU32,
    state: Mutex<State>,
    /// A job was queued.
    work: Condvar,
    /// The crew that a forked child uses instead of this one. Only the child makes it.
    next: OnceLock<Box<Crew>>,
}

struct State {
    queue: VecDeque<Job>,
    running: usize,
    /// How many of those that run wait for work.
    idle: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let State { queue, running, idle } = self;
        write!(f, "State {{ queued: {}, running: {running}, idle: {idle} }}", queue.len())
    }
}

impl Pool {
    pub(crate) const fn new(name: &'static str, most: usize) -> Pool {
        Pool { name, most, first: Crew::new() }
    }

    /// Queues a job.
    ///
    /// # Errors
    /// The job, if the pool has no helper and the system does not give it one.
    pub(super) fn queue(&'static self, job: Job) -> Result<(), Job> {
        let crew = self.crew();
        let mut state = crew.lock();
        state.queue.push_back(job);
        if state.idle >= state.queue.len() {
            crew.work.notify_one();
            return Ok(());
        }
        if state.running == self.most {
            return Ok(());
        }
        match thread::Builder::new().name(self.name.into()).spawn(|| crew.help(IDLE)) {
            Ok(_) => state.running += 1,
            // The others will come to it.
            Err(_) if state.running > 0 => {}
            Err(_) => return Err(state.queue.pop_back().expect("it was queued under this lock")),
        }
        Ok(())
    }

    /// The crew of this process.
    fn crew(&'static self) -> &'static Crew {
        let forks = fork::count();
        let mut crew = &self.first;
        while !crew.belongs_to(forks) {
            crew = crew.next.get_or_init(|| Box::new(Crew::new()));
        }
        crew
    }
}

impl Crew {
    const fn new() -> Crew {
        let state = State { queue: VecDeque::new(), running: 0, idle: 0 };
        Crew {
            forks: AtomicU32::new(UNCLAIMED),
            state: Mutex::new(state),
            work: Condvar::new(),
            next: OnceLock::new(),
        }
    }

    /// Whether this is the crew of that process, whose it becomes if it is nobody's.
    fn belongs_to(&self, forks: u32) -> bool {
        let claimed =
            self.forks.compare_exchange(UNCLAIMED, forks, Ordering::Relaxed, Ordering::Relaxed);
        claimed.is_ok() || claimed == Err(forks)
    }

    /// What a helper does until it has been idle for long enough.
    fn help(&self, patience: Duration) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                drop(state);
                job();
                state = self.lock();
                continue;
            }
            state.idle += 1;
            let waited = self.work.wait_timeout(state, patience);
            let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.queue.is_empty() {
                state.running -= 1;
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn helpers_are_bounded_and_jobs_keep_their_order() {
        static POOL: Pool = Pool::new("coro-test", 1);
        let (sender, order) = mpsc::channel();
        for number in 0..100 {
            let sender = sender.clone();
            let job = Box::new(move || sender.send(number).expect("the test receives"));
            assert!(POOL.queue(job).is_ok());
        }
        assert!(POOL.crew().lock().running <= 1);
        assert!(order.iter().take(100).eq(0..100));
    }

    #[test]
    fn a_helper_without_work_ends() {
        static POOL: Pool = Pool::new("coro-test", 2);
        let crew = POOL.crew();
        crew.lock().running = 1;
        crew.help(Duration::ZERO);
        let state = crew.lock();
        assert_eq!((state.running, state.idle), (0, 0));
    }

    #[test]
    fn a_forked_child_has_a_crew_of_its_own() {
        static POOL: Pool = Pool::new("coro-test", 2);
        let parents = POOL.crew();
        assert!(std::ptr::eq(parents, POOL.crew()));
        // As a child sees it: the crew belongs to another process.
        let other = fork::count() + 1;
        parents.forks.store(other, Ordering::Relaxed);
        let own = POOL.crew();
        assert!(!std::ptr::eq(parents, own));
        assert!(std::ptr::eq(own, POOL.crew()));
    }
}
