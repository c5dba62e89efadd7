//! Locks, conditions, and what is done once.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use coro::sync::{Barrier, Condvar, Event, LazyLock, Mutex, Once, OnceLock, RwLock, Semaphore};
use coro::thread::yield_now;

use super::{Row, WORKERS, is_even, share, spread};

pub(super) const CASES: &[Row] = &[
    ("mutex", mutex),
    ("rwlock", rwlock),
    ("condvar", condvar),
    ("barrier", barrier),
    ("once", once),
    ("semaphore", semaphore),
    ("event", event),
];

/// How often a worker gives way while it has a lock, so that others come to wait for it.
const GIVES_WAY_EVERY: usize = 16;

fn mutex(operations: usize) {
    let counters = Mutex::new((0, 0));
    let share = share(operations, WORKERS);
    spread(|_| {
        for round in 0..share {
            let mut counters = counters.lock().unwrap();
            counters.0 += 1;
            if round % GIVES_WAY_EVERY == 0 {
                yield_now();
            }
            counters.1 += 1;
            assert_eq!(counters.0, counters.1, "two threads had the lock at once");
        }
    });
    assert_eq!(counters.into_inner().unwrap().0, share * WORKERS);
}

fn rwlock(operations: usize) {
    let counters = RwLock::new((0, 0));
    let share = share(operations, WORKERS);
    spread(|worker| {
        for round in 0..share {
            if (round + worker) % 4 == 0 {
                let mut counters = counters.write().unwrap();
                counters.0 += 1;
                yield_now();
                counters.1 += 1;
            } else {
                let counters = counters.read().unwrap();
                if round % GIVES_WAY_EVERY == 0 {
                    yield_now();
                }
                assert_eq!(counters.0, counters.1, "a reader saw a writer at work");
            }
        }
    });
    let writes = (0..WORKERS).flat_map(|worker| (0..share).map(move |round| round + worker));
    let writes = writes.filter(|number| number % 4 == 0).count();
    assert_eq!(counters.into_inner().unwrap(), (writes, writes));
}

/// A buffer with room for a few, and a condition for each side.
fn condvar(operations: usize) {
    const ROOM: usize = 3;
    let (buffer, not_full, not_empty) = (Mutex::new(Vec::new()), Condvar::new(), Condvar::new());
    let taken = AtomicUsize::new(0);
    let share = share(operations, WORKERS / 2);
    spread(|worker| {
        for number in 0..share {
            let mut buffer = buffer.lock().unwrap();
            if is_even(worker) {
                buffer = not_full.wait_while(buffer, |buffer| buffer.len() == ROOM).unwrap();
                buffer.push(number);
                drop(buffer);
                not_empty.notify_one();
            } else {
                buffer = not_empty.wait_while(buffer, |buffer| buffer.is_empty()).unwrap();
                taken.fetch_add(buffer.pop().unwrap(), Ordering::Relaxed);
                drop(buffer);
                not_full.notify_one();
            }
        }
    });
    assert!(buffer.into_inner().unwrap().is_empty());
    assert_eq!(taken.into_inner(), share * (share - 1) / 2 * (WORKERS / 2));
}

fn barrier(operations: usize) {
    let (barrier, arrived, leaders) =
        (Barrier::new(WORKERS), AtomicUsize::new(0), AtomicUsize::new(0));
    // Each round waits twice: nobody begins the next one while others still look at the count.
    let rounds = share(operations, 2 * WORKERS);
    spread(|_| {
        for round in 1..=rounds {
            arrived.fetch_add(1, Ordering::Relaxed);
            if barrier.wait().is_leader() {
                leaders.fetch_add(1, Ordering::Relaxed);
            }
            assert_eq!(arrived.load(Ordering::Relaxed), round * WORKERS, "not all had come");
            barrier.wait();
        }
    });
    assert_eq!(leaders.into_inner(), rounds);
}

/// What many want to make, and one makes.
struct Made<F> {
    lock: OnceLock<usize>,
    once: Once,
    lazy: LazyLock<usize, F>,
    times: AtomicUsize,
}

fn once(operations: usize) {
    let count = share(operations, 3 * WORKERS);
    let (lazies, times) = (AtomicUsize::new(0), &AtomicUsize::new(0));
    let made: Vec<_> = (0..count)
        .map(|_| Made {
            lock: OnceLock::new(),
            once: Once::new(),
            lazy: LazyLock::new(|| {
                yield_now();
                lazies.fetch_add(1, Ordering::Relaxed)
            }),
            times: AtomicUsize::new(0),
        })
        .collect();
    spread(|worker| {
        for (number, made) in made.iter().enumerate() {
            let got = *made.lock.get_or_init(|| {
                yield_now();
                made.times.fetch_add(1, Ordering::Relaxed);
                number
            });
            assert_eq!(got, number, "worker {worker} got what was made elsewhere");
            made.once.call_once(|| {
                yield_now();
                times.fetch_add(1, Ordering::Relaxed);
            });
            assert!(made.once.is_completed());
            assert!(*made.lazy < count);
        }
    });
    assert!(made.iter().all(|made| made.times.load(Ordering::Relaxed) == 1));
    assert_eq!((times.load(Ordering::Relaxed), lazies.load(Ordering::Relaxed)), (count, count));
}

fn semaphore(operations: usize) {
    const PERMITS: u32 = 3;
    let (semaphore, held) = (Semaphore::new(PERMITS as usize), AtomicU32::new(0));
    let share = share(operations, WORKERS);
    spread(|worker| {
        for round in 0..share {
            let wanted = if (round + worker) % 8 == 0 { 2 } else { 1 };
            let permit = semaphore.acquire_many(wanted);
            let now = held.fetch_add(wanted, Ordering::Relaxed) + wanted;
            assert!(now <= PERMITS, "{now} permits were out");
            if round % GIVES_WAY_EVERY == 0 {
                yield_now();
            }
            held.fetch_sub(wanted, Ordering::Relaxed);
            drop(permit);
        }
    });
    assert_eq!(semaphore.available_permits(), PERMITS as usize);
}

/// A chain of events: each worker waits for those of its predecessor.
fn event(operations: usize) {
    let events: Vec<Event> = (0..operations).map(|_| Event::new()).collect();
    let reached = AtomicUsize::new(0);
    spread(|worker| {
        for number in (worker..operations).step_by(WORKERS) {
            if let Some(before) = number.checked_sub(1) {
                events[before].wait();
            }
            assert_eq!(reached.fetch_add(1, Ordering::Relaxed), number, "an event came too early");
            events[number].set();
        }
    });
    assert_eq!(reached.into_inner(), operations);
}
