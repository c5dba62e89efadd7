//! What happens once: `Once`, `OnceLock`, `LazyLock`.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::sys::panic::{AssertUnwindSafe, catch_unwind};
use super::sys::sync::{Barrier, LazyLock, Once, OnceLock};
use super::sys::thread;

programs! {
    called_once,
    called_once_by_many,
    a_poisoned_once,
    a_forced_once,
    waiting_for_a_once,
    a_once_in_words,
    set_once,
    set_by_one_of_many,
    a_failing_initialiser,
    a_once_lock_as_a_value,
    a_once_lock_in_words,
    a_lazy_static,
    a_poisoned_lazy,
    a_lazy_in_words,
}

/// Runs `f`, and says whether it panics. What is poisoned says so in words of its own.
fn panic_of<R>(f: impl FnOnce() -> R) -> &'static str {
    let caught = catch_unwind(AssertUnwindSafe(|| drop(f())));
    caught.map_or_else(|_| "a panic", |()| "no panic")
}

fn called_once(log: &mut String) {
    let (once, mut calls) = (Once::new(), 0);
    note!(log, "{}", once.is_completed());
    for _ in 0..3 {
        once.call_once(|| calls += 1);
    }
    note!(log, "{calls} {}", once.is_completed());
}

fn called_once_by_many(log: &mut String) {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let (once, calls, meeting) = (Once::new(), AtomicUsize::new(0), Barrier::new(4));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                meeting.wait();
                once.call_once(|| {
                    thread::yield_now();
                    calls.fetch_add(1, Ordering::SeqCst);
                });
                // Whoever is through sees what the one did.
                CALLS.fetch_max(calls.load(Ordering::SeqCst), Ordering::SeqCst);
                assert_eq!(calls.load(Ordering::SeqCst), 1);
            });
        }
    });
    note!(log, "{}", CALLS.load(Ordering::SeqCst));
}

fn a_poisoned_once(log: &mut String) {
    let once = Once::new();
    note!(log, "{}", panic_of(|| once.call_once(|| panic!("first"))));
    note!(log, "{}", once.is_completed());
    note!(log, "{}", panic_of(|| once.call_once(|| ())));
    note!(log, "{}", panic_of(|| once.wait()));
}

fn a_forced_once(log: &mut String) {
    let once = Once::new();
    panic_of(|| once.call_once(|| panic!("first")));
    once.call_once_force(|state| note!(log, "{} {state:?}", state.is_poisoned()));
    note!(log, "{}", once.is_completed());
    once.call_once(|| note!(log, "never"));
    Once::new().call_once_force(|state| note!(log, "{}", state.is_poisoned()));
}

fn waiting_for_a_once(log: &mut String) {
    let (once, value) = (Once::new(), AtomicUsize::new(0));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            once.wait();
            value.load(Ordering::SeqCst)
        });
        once.call_once(|| value.store(5, Ordering::SeqCst));
        note!(log, "{}", waiting.join().unwrap());
    });
    once.wait_force();
}

fn a_once_in_words(log: &mut String) {
    let once = Once::new();
    note!(log, "{once:?}");
    once.call_once(|| ());
    note!(log, "{once:?}");
}

fn set_once(log: &mut String) {
    let mut lock = OnceLock::new();
    note!(log, "{:?}", lock.get());
    note!(log, "{:?} {:?}", lock.set(1), lock.set(2));
    note!(log, "{} {:?}", lock.get_or_init(|| 3), lock.get());
    *lock.get_mut().unwrap() += 10;
    note!(log, "{:?} {:?} {:?}", lock.take(), lock.take(), lock.into_inner());
}

fn set_by_one_of_many(log: &mut String) {
    let (lock, meeting) = (OnceLock::new(), Barrier::new(4));
    let calls = AtomicUsize::new(0);
    let agree = thread::scope(|scope| {
        let waiting = scope.spawn(|| *lock.wait());
        let find = |n: usize| {
            let (lock, meeting, calls) = (&lock, &meeting, &calls);
            move || {
                meeting.wait();
                *lock.get_or_init(|| {
                    calls.fetch_add(1, Ordering::SeqCst);
                    thread::yield_now();
                    n
                })
            }
        };
        let threads: Vec<_> = (0..4).map(|n| scope.spawn(find(n))).collect();
        let found: Vec<usize> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        let chosen = waiting.join().unwrap();
        found.iter().all(|n| *n == chosen)
    });
    note!(log, "{agree} {}", calls.into_inner());
}

fn a_failing_initialiser(log: &mut String) {
    let lock = OnceLock::new();
    note!(log, "{}", panic_of(|| lock.get_or_init(|| panic!("no value"))));
    note!(log, "{:?} {}", lock.get(), lock.get_or_init(|| 4));
}

fn a_once_lock_as_a_value(log: &mut String) {
    let lock = OnceLock::from("a");
    note!(log, "{} {}", lock == lock.clone(), lock == OnceLock::new());
    note!(log, "{:?} {:?}", lock.into_inner(), OnceLock::<u8>::default().into_inner());
}

fn a_once_lock_in_words(log: &mut String) {
    let lock = OnceLock::new();
    note!(log, "{lock:?}");
    lock.set(vec![1]).unwrap();
    note!(log, "{lock:?}");
}

static CALLS: AtomicUsize = AtomicUsize::new(0);
static LAZY: LazyLock<Vec<u32>> = LazyLock::new(|| {
    CALLS.fetch_add(1, Ordering::SeqCst);
    thread::yield_now();
    vec![1, 2, 3]
});

fn a_lazy_static(log: &mut String) {
    let sum: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| LAZY.iter().sum::<u32>())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    note!(log, "{sum} {} {:?}", CALLS.load(Ordering::SeqCst), LazyLock::force(&LAZY));
}

fn a_poisoned_lazy(log: &mut String) {
    let lazy: LazyLock<u8> = LazyLock::new(|| panic!("no value"));
    note!(log, "{}", panic_of(|| *lazy));
    note!(log, "{}", panic_of(|| *lazy));
    note!(log, "{lazy:?}");
}

fn a_lazy_in_words(log: &mut String) {
    let lazy: LazyLock<u8> = LazyLock::new(|| 5);
    note!(log, "{lazy:?}");
    note!(log, "{} {lazy:?} {:?}", *lazy, LazyLock::<u8>::default());
}
