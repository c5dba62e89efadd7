//! Name look-up off the loop: the system's resolver blocks, so it runs on helper OS threads.
//!
//! At most [`HELPERS`] of them exist; each ends after it had nothing to do for [`IDLE`]. A look-up whose thread was
//! interrupted meanwhile runs to its end, and nobody takes the answer.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error;
use crate::sched::wait::{self, Clause, Waiter};
use crate::sched::{current, unwind};

const HELPERS: usize = 4;
const IDLE: Duration = Duration::from_secs(10);

type Answer = io::Result<Vec<SocketAddr>>;

/// One look-up, shared by who asked and the helper.
struct Job {
    host: String,
    port: u16,
    state: Mutex<JobState>,
}

#[derive(Default)]
struct JobState {
    answer: Option<Answer>,
    waiter: Option<Waiter>,
}

struct Helpers {
    queue: VecDeque<Arc<Job>>,
    running: usize,
    idle: usize,
}

static HELPERS_STATE: Mutex<Helpers> =
    Mutex::new(Helpers { queue: VecDeque::new(), running: 0, idle: 0 });
static WORK: Condvar = Condvar::new();

/// Looks a host up, parking the thread. Outside any loop it just blocks.
///
/// # Errors
/// The resolver's; `Other` if the thread unwinds, because this always waits.
pub(super) fn look_up(host: &str, port: u16) -> Answer {
    if current::with_loop(|lp| lp.is_none()) {
        return (host, port).to_socket_addrs().map(Iterator::collect);
    }
    if unwind::panicking() {
        return Err(error::unwinding());
    }
    let job = Arc::new(Job { host: host.to_owned(), port, state: Mutex::default() });
    submit(job.clone())?;
    let _working = Working::begin();
    loop {
        if let Some(answer) = job.state().answer.take() {
            return answer;
        }
        wait::on(&mut Answered { job: &job }, None).or_raise();
    }
}

fn submit(job: Arc<Job>) -> io::Result<()> {
    let mut helpers = lock(&HELPERS_STATE);
    helpers.queue.push_back(job);
    if helpers.idle >= helpers.queue.len() || helpers.running == HELPERS {
        WORK.notify_one();
        return Ok(());
    }
    let spawned = std::thread::Builder::new().name("coro-resolver".into()).spawn(help);
    match spawned {
        Ok(_) => helpers.running += 1,
        // The others will come to it.
        Err(_) if helpers.running > 0 => {}
        Err(error) => {
            helpers.queue.pop_back();
            return Err(error);
        }
    }
    Ok(())
}

/// What a helper does until it has been idle for long enough.
fn help() {
    let mut helpers = lock(&HELPERS_STATE);
    loop {
        if let Some(job) = helpers.queue.pop_front() {
            drop(helpers);
            job.finish();
            helpers = lock(&HELPERS_STATE);
            continue;
        }
        helpers.idle += 1;
        let (guard, timeout) =
            WORK.wait_timeout(helpers, IDLE).unwrap_or_else(PoisonError::into_inner);
        helpers = guard;
        helpers.idle -= 1;
        if timeout.timed_out() && helpers.queue.is_empty() {
            helpers.running -= 1;
            return;
        }
    }
}

impl Job {
    fn finish(&self) {
        let answer = (self.host.as_str(), self.port).to_socket_addrs().map(Iterator::collect);
        let mut state = self.state();
        state.answer = Some(answer);
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, JobState> {
        lock(&self.state)
    }
}

/// Fires when the answer is there.
struct Answered<'a> {
    job: &'a Job,
}

impl Clause for Answered<'_> {
    const WHAT: &'static str = "a name look-up";

    fn register(&mut self, waiter: Waiter) {
        let mut state = self.job.state();
        if state.answer.is_none() {
            state.waiter = Some(waiter);
            return;
        }
        drop(state);
        waiter.wake();
    }

    fn deregister(&mut self) -> bool {
        let mut state = self.job.state();
        state.waiter = None;
        state.answer.is_some()
    }
}

/// Tells a paused clock that an OS thread is at work.
struct Working(());

impl Working {
    fn begin() -> Working {
        current::with_loop(|lp| lp.inspect(|lp| lp.change_helpers(1)).is_some());
        Working(())
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        current::with_loop(|lp| lp.inspect(|lp| lp.change_helpers(-1)).is_some());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
