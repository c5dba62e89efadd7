//! Mutexes, read-write locks, condition variables and barriers.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::sys::panic::{AssertUnwindSafe, catch_unwind};
use super::sys::sync::{
    Barrier, Condvar, Mutex, MutexGuard, RwLock, TryLockError, mpsc,
};
use super::sys::thread;

programs! {
    a_mutex,
    a_contended_mutex,
    try_lock,
    a_poisoned_mutex,
    a_poison_cleared,
    a_guard_gone_before_the_panic,
    a_catch_inside_the_guard,
    a_mutex_in_words,
    an_unsized_mutex,
    a_poison_as_an_error,
    a_flag_and_a_condition,
    everyone_is_woken,
    a_notice_that_nobody_hears,
    wait_while,
    waits_that_time_out,
    a_bounded_queue,
    a_poison_found_in_a_wait,
    a_read_write_lock,
    readers_meet,
    try_read_and_try_write,
    a_writer_poisons_and_a_reader_does_not,
    a_read_write_lock_in_words,
    a_contended_read_write_lock,
    a_barrier,
    barriers_of_none_and_one,
    a_barrier_in_words,
}

/// Has a thread panic while `hold` holds something.
fn panic_holding<T>(hold: impl FnOnce() -> T) {
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _held = hold();
        panic!("on purpose");
    }));
    caught.unwrap_err();
}

fn a_mutex(log: &mut String) {
    let mut mutex = Mutex::new(vec![1]);
    mutex.lock().unwrap().push(2);
    mutex.get_mut().unwrap().push(3);
    note!(log, "{:?} {}", *mutex.lock().unwrap(), mutex.is_poisoned());
    note!(log, "{:?}", mutex.into_inner());
    note!(log, "{:?} {:?}", Mutex::<u8>::default().into_inner(), Mutex::from("a").into_inner());
}

fn a_contended_mutex(log: &mut String) {
    let mutex = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let mut guard = mutex.lock().unwrap();
                    let before = *guard;
                    thread::yield_now();
                    *guard = before + 1;
                }
            });
        }
    });
    note!(log, "{:?}", mutex.into_inner());
}

fn try_lock(log: &mut String) {
    let mutex = Mutex::new(1);
    let guard = mutex.lock().unwrap();
    let error = mutex.try_lock().map(|guard| *guard).unwrap_err();
    note!(log, "{error} {error:?} {}", matches!(error, TryLockError::WouldBlock));
    drop(guard);
    note!(log, "{:?}", mutex.try_lock().map(|guard| *guard).ok());
}

fn a_poisoned_mutex(log: &mut String) {
    let mut mutex = Mutex::new(1);
    panic_holding(|| {
        let mut guard = mutex.lock().unwrap();
        *guard = 2;
        guard
    });
    note!(log, "{}", mutex.is_poisoned());
    note!(log, "{:?}", mutex.lock().map(|guard| *guard).map_err(|error| *error.into_inner()));
    match mutex.try_lock() {
        Err(TryLockError::Poisoned(error)) => note!(log, "{error}, {}", **error.get_ref()),
        _ => note!(log, "not poisoned"),
    }
    note!(log, "{:?}", mutex.get_mut().map_err(|error| *error.into_inner()));
    note!(log, "{:?}", mutex.into_inner().map_err(|error| error.into_inner()));
}

fn a_poison_cleared(log: &mut String) {
    let mutex = Arc::new(Mutex::new(1));
    let poisoner = thread::spawn({
        let mutex = mutex.clone();
        move || panic_holding(|| mutex.lock().unwrap())
    });
    poisoner.join().unwrap();
    note!(log, "{}", mutex.is_poisoned());
    mutex.clear_poison();
    note!(log, "{} {:?}", mutex.is_poisoned(), mutex.lock().map(|guard| *guard).ok());
}

fn a_guard_gone_before_the_panic(log: &mut String) {
    let mutex = Mutex::new(1);
    panic_holding(|| drop(mutex.lock().unwrap()));
    note!(log, "{}", mutex.is_poisoned());
}

/// Locks while its thread unwinds.
struct LocksInDrop<'a>(&'a Mutex<u32>);

impl Drop for LocksInDrop<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap() += 1;
    }
}

fn a_catch_inside_the_guard(log: &mut String) {
    let mutex = Mutex::new(1);
    let guard = mutex.lock().unwrap();
    panic_holding(|| 0);
    drop(guard);
    note!(log, "{}", mutex.is_poisoned());
    panic_holding(|| LocksInDrop(&mutex));
    note!(log, "{} {:?}", mutex.is_poisoned(), mutex.into_inner());
}

fn a_mutex_in_words(log: &mut String) {
    let mutex = Mutex::new("text");
    note!(log, "{mutex:?}");
    note!(log, "{mutex:#?}");
    let guard = mutex.lock().unwrap();
    note!(log, "{guard:?} {guard}");
    drop(guard);
    panic_holding(|| mutex.lock().unwrap());
    note!(log, "{mutex:?}");
}

fn an_unsized_mutex(log: &mut String) {
    let numbers: Box<Mutex<[u8]>> = Box::new(Mutex::new([3, 1, 2]));
    numbers.lock().unwrap().sort_unstable();
    let length = numbers.lock().unwrap().len();
    note!(log, "{numbers:?} {length}");
    let anything: &Mutex<dyn Debug> = &Mutex::new(5);
    note!(log, "{anything:?}");
}

fn a_poison_as_an_error(log: &mut String) {
    let mutex: &'static Mutex<u8> = Box::leak(Box::new(Mutex::new(1)));
    panic_holding(|| mutex.lock().unwrap());
    let fails = || -> Result<u8, Box<dyn std::error::Error>> { Ok(*mutex.lock()?) };
    note!(log, "{}", fails().unwrap_err());
    note!(log, "{:?}", mutex.lock().unwrap_err());
}

fn a_flag_and_a_condition(log: &mut String) {
    let (flag, changed) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            *flag.lock().unwrap() = true;
            changed.notify_one();
        });
        let mut set = flag.lock().unwrap();
        while !*set {
            set = changed.wait(set).unwrap();
        }
        note!(log, "{set}");
    });
    note!(log, "{changed:?}");
}

fn everyone_is_woken(log: &mut String) {
    let (state, changed) = (Mutex::new((0, false)), Condvar::new());
    let woken = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                state.lock().unwrap().0 += 1;
                changed.notify_all();
                let guard = changed.wait_while(state.lock().unwrap(), |state| !state.1).unwrap();
                drop(guard);
                woken.fetch_add(1, Ordering::SeqCst);
            });
        }
        let all_wait = |state: &mut (i32, bool)| state.0 < 5;
        let mut guard = changed.wait_while(state.lock().unwrap(), all_wait).unwrap();
        guard.1 = true;
        changed.notify_all();
    });
    note!(log, "{}", woken.into_inner());
}

fn a_notice_that_nobody_hears(log: &mut String) {
    let (mutex, condvar) = (Mutex::new(()), Condvar::default());
    condvar.notify_one();
    condvar.notify_all();
    // A wait may end for no reason, but a spurious end cannot be told from a notice that was kept: so wait for long.
    let wait = |guard| condvar.wait_timeout_while(guard, Duration::from_millis(5), |()| true);
    let (_guard, result) = wait(mutex.lock().unwrap()).unwrap();
    note!(log, "{result:?} {}", result.timed_out());
}

fn wait_while(log: &mut String) {
    let (count, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..5 {
                *count.lock().unwrap() += 1;
                changed.notify_one();
            }
        });
        let guard = changed.wait_while(count.lock().unwrap(), |count| *count < 5).unwrap();
        note!(log, "{guard}");
    });
    let guard: MutexGuard<'_, i32> = count.lock().unwrap();
    note!(log, "{}", *changed.wait_while(guard, |_| false).unwrap());
}

fn waits_that_time_out(log: &mut String) {
    let (mutex, condvar) = (Mutex::new(7), Condvar::new());
    let tick = Duration::from_millis(1);
    let wait = |condition: fn(&mut i32) -> bool| {
        let guard = mutex.lock().unwrap();
        let (guard, result) = condvar.wait_timeout_while(guard, tick, condition).unwrap();
        (*guard, result.timed_out())
    };
    note!(log, "{:?} {:?}", wait(|_| true), wait(|_| false));
    let once = |limit| condvar.wait_timeout(mutex.lock().unwrap(), limit).unwrap().1;
    note!(log, "{:?} {}", once(Duration::ZERO), once(Duration::ZERO) == once(Duration::ZERO));
}

fn a_bounded_queue(log: &mut String) {
    let (queue, room, items) = (Mutex::new(VecDeque::new()), Condvar::new(), Condvar::new());
    let taken: Vec<u32> = thread::scope(|scope| {
        scope.spawn(|| {
            for item in 0..50 {
                let full = |queue: &mut VecDeque<u32>| queue.len() == 3;
                let mut queue = room.wait_while(queue.lock().unwrap(), full).unwrap();
                queue.push_back(item);
                items.notify_one();
            }
        });
        let take = |_| {
            let empty = |queue: &mut VecDeque<u32>| queue.is_empty();
            let mut queue = items.wait_while(queue.lock().unwrap(), empty).unwrap();
            room.notify_one();
            queue.pop_front().unwrap()
        };
        (0..50).map(take).collect()
    });
    note!(log, "{taken:?}");
}

fn a_poison_found_in_a_wait(log: &mut String) {
    let (mutex, changed) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        let guard = mutex.lock().unwrap(); // so that the other one comes when this one waits
        scope.spawn(|| {
            panic_holding(|| {
                let mut guard = mutex.lock().unwrap();
                *guard = true;
                changed.notify_all();
                guard
            });
        });
        let result = changed.wait_while(guard, |set| !*set);
        note!(log, "{:?}", result.map(|guard| *guard).map_err(|error| *error.into_inner()));
    });
    note!(log, "{}", mutex.is_poisoned());
}

fn a_read_write_lock(log: &mut String) {
    let mut lock = RwLock::new(String::from("a"));
    lock.write().unwrap().push('b');
    lock.get_mut().unwrap().push('c');
    let (one, other) = (lock.read().unwrap(), lock.read().unwrap());
    note!(log, "{one} {other:?}");
    drop((one, other));
    note!(log, "{:?}", lock.into_inner());
    note!(log, "{:?} {:?}", RwLock::<u8>::default().into_inner(), RwLock::from(3).into_inner());
}

fn readers_meet(log: &mut String) {
    let (lock, meeting) = (RwLock::new(4), Barrier::new(3));
    let sum: i32 = thread::scope(|scope| {
        let read = || {
            let guard = lock.read().unwrap();
            meeting.wait(); // all hold the lock at once
            *guard
        };
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(read)).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    note!(log, "{sum}");
}

fn try_read_and_try_write(log: &mut String) {
    let lock = RwLock::new(1);
    let reader = lock.read().unwrap();
    note!(log, "{:?}", lock.try_read().map(|guard| *guard).ok());
    note!(log, "{}", lock.try_write().map(drop).unwrap_err());
    drop(reader);
    let writer = lock.write().unwrap();
    note!(log, "{}", lock.try_read().map(drop).unwrap_err());
    note!(log, "{:?}", lock.try_write().map(drop).unwrap_err());
    drop(writer);
    *lock.try_write().unwrap() += 1;
    note!(log, "{lock:?}");
}

fn a_writer_poisons_and_a_reader_does_not(log: &mut String) {
    let lock = RwLock::new(1);
    panic_holding(|| lock.read().unwrap());
    note!(log, "{}", lock.is_poisoned());
    panic_holding(|| lock.write().unwrap());
    note!(log, "{} {:?}", lock.is_poisoned(), lock);
    note!(log, "{}", lock.read().map(|guard| *guard).unwrap_err());
    note!(log, "{}", lock.try_write().map(|guard| *guard).unwrap_err());
    note!(log, "{:?}", lock.read().map(|guard| *guard).map_err(|error| *error.into_inner()));
    lock.clear_poison();
    note!(log, "{:?}", lock.write().map(|guard| *guard).ok());
}

fn a_read_write_lock_in_words(log: &mut String) {
    let lock = RwLock::new([1, 2]);
    note!(log, "{lock:?} {:?}", lock.read().unwrap());
    let guard = lock.write().unwrap();
    note!(log, "{lock:?} {guard:?}");
    drop(guard);
    note!(log, "{:?}", RwLock::new("shown").write().map(|guard| guard.to_string()).ok());
    let boxed: Box<RwLock<[u8]>> = Box::new(RwLock::new([1, 2]));
    note!(log, "{:?}", boxed.read().unwrap().first());
}

fn a_contended_read_write_lock(log: &mut String) {
    let lock = RwLock::new((0, 0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let mut pair = lock.write().unwrap();
                    pair.0 += 1;
                    thread::yield_now();
                    pair.1 += 1;
                }
            });
            scope.spawn(|| {
                for _ in 0..50 {
                    let pair = lock.read().unwrap();
                    assert_eq!(pair.0, pair.1);
                    thread::yield_now();
                }
            });
        }
    });
    note!(log, "{:?}", lock.into_inner());
}

fn a_barrier(log: &mut String) {
    let (barrier, before, leaders) = (Barrier::new(4), AtomicUsize::new(0), AtomicUsize::new(0));
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            let sender = sender.clone();
            let (barrier, before, leaders) = (&barrier, &before, &leaders);
            scope.spawn(move || {
                for round in 1..=3 {
                    before.fetch_add(1, Ordering::SeqCst);
                    if barrier.wait().is_leader() {
                        leaders.fetch_add(1, Ordering::SeqCst);
                    }
                    // Nobody is a round ahead before the second wait.
                    sender.send((round, before.load(Ordering::SeqCst))).unwrap();
                    barrier.wait();
                }
            });
        }
    });
    drop(sender);
    note!(log, "{} {:?}", leaders.into_inner(), receiver.iter().collect::<Vec<_>>());
}

fn barriers_of_none_and_one(log: &mut String) {
    note!(log, "{}", Barrier::new(0).wait().is_leader());
    let one = Barrier::new(1);
    note!(log, "{} {}", one.wait().is_leader(), one.wait().is_leader());
}

fn a_barrier_in_words(log: &mut String) {
    let barrier = Barrier::new(1);
    note!(log, "{barrier:?} {:?}", barrier.wait());
}
