//! Sets of threads: the order of their ends, and what is left when a set or a wait is gone.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use coro::JoinSet;
use coro::thread::{self, Builder};
use coro_tests::canary::Drops;

use crate::support::{HOUR, MILLISECOND, kth, watch};

#[coro::test(seeds = 100)]
fn results_come_in_the_order_of_the_ends() {
    let ends = Rc::new(RefCell::new(Vec::new()));
    let mut set = JoinSet::new();
    for number in 0..10 {
        let ends = ends.clone();
        set.spawn(move || {
            for _ in 0..number % 4 {
                thread::yield_now();
            }
            ends.borrow_mut().push(number);
            number
        });
    }
    let results: Vec<u32> = set.by_ref().map(Result::unwrap).collect();
    assert_eq!(results, ends.take());
    assert!(set.join_next().is_none() && set.try_join_next().is_none());
}

#[coro::test(seeds = 100)]
fn threads_that_are_added_meanwhile_are_joined_too() {
    let mut set = JoinSet::new();
    set.spawn(|| 5_u32);
    let mut sum = 0;
    while let Some(left) = set.join_next() {
        let left = left.unwrap();
        sum += 1;
        for next in 0..left {
            set.spawn(move || {
                thread::yield_now();
                next
            });
        }
    }
    assert_eq!(sum, 32);
}

#[coro::test]
fn one_that_has_ended_is_joined_without_a_wait() {
    let mut set: JoinSet<u32> = (0..3).map(|n| move || n).collect();
    assert!(set.try_join_next().is_none());
    watch::until_alone();
    assert_eq!(set.size_hint(), (3, Some(3)));
    assert_eq!(set.try_join_next().unwrap().unwrap(), 0);
    assert_eq!(set.join_next().unwrap().unwrap(), 1);
    assert_eq!(set.next().unwrap().unwrap(), 2);
    assert_eq!(format!("{set:?}"), "JoinSet { len: 0, .. }");
}

#[coro::test]
fn every_way_to_end_is_told() {
    let mut set = JoinSet::new();
    let panics = set.spawn(|| panic!("of a thread")).id();
    let killed = set.spawn(thread::park);
    let raised = set.spawn(thread::park);
    killed.kill();
    raised.raise(404_u16);
    for _ in 0..3 {
        let (id, outcome) = set.join_next_with_id().unwrap();
        let error = outcome.unwrap_err();
        assert_eq!(error.is_panic(), id == panics);
        assert_eq!(error.is_killed(), id == killed.id());
        assert_eq!(error.is_raised(), id == raised.id());
    }
}

#[coro::test(start_paused)]
fn a_dropped_set_kills_its_threads() {
    let drops = Drops::default();
    let mut set = JoinSet::new();
    for _ in 0..5 {
        let canary = drops.canary();
        set.spawn(move || {
            thread::sleep(HOUR);
            canary
        });
    }
    thread::yield_now();
    drop(set);
    watch::until_alone();
    drops.expect_none_alive();
}

#[coro::test]
fn detached_threads_go_on_and_tell_no_other_set() {
    let drops = Drops::default();
    let mut set = JoinSet::new();
    for _ in 0..3 {
        let canary = drops.canary();
        set.spawn(move || {
            thread::yield_now();
            canary.check();
            canary
        });
    }
    set.detach_all();
    assert!(set.is_empty() && set.join_next().is_none());
    let canary = drops.canary();
    set.spawn(move || canary);
    assert!(set.join_next().unwrap().is_ok());
    watch::until_alone();
    drops.expect_none_alive();
}

#[coro::test(start_paused)]
fn shutdown_waits_for_the_last() {
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(HOUR);
        }
    }
    let mut set = JoinSet::new();
    for _ in 0..3 {
        set.spawn(|| {
            let _slow = Slow;
            thread::park();
        });
    }
    thread::yield_now();
    let start = coro::time::now();
    set.shutdown();
    assert_eq!(coro::time::now() - start, HOUR);
    assert!(set.is_empty());
}

#[coro::test(start_paused)]
fn an_interrupted_wait_loses_nothing() {
    let mut set = JoinSet::new();
    for n in [1, 2] {
        set.spawn(move || {
            thread::sleep(Duration::from_secs(n));
            n
        });
    }
    assert!(coro::timeout(MILLISECOND, || set.join_next()).is_err());
    // Both end at the very time at which the limit is up.
    assert_eq!(set.len(), 2);
    let outcome = coro::timeout(Duration::from_secs(1) - MILLISECOND, || set.join_next());
    let first = outcome.ok().flatten().map(Result::unwrap);
    assert_eq!(set.len() + usize::from(first.is_some()), 2);
    let rest: Vec<u64> = set.map(Result::unwrap).collect();
    assert_eq!(first.into_iter().chain(rest).collect::<Vec<_>>(), [1, 2]);
}

#[coro::test]
fn join_all_goes_on_with_a_panic_and_kills_the_rest() {
    let mut set = JoinSet::new();
    set.spawn(thread::park);
    set.spawn(|| panic!("of a thread"));
    let error = thread::spawn(move || set.join_all()).join().unwrap_err();
    assert_eq!(error.downcast_ref::<&str>(), Some(&"of a thread"));
    watch::until_alone();
}

#[coro::test]
fn a_spawn_that_fails_leaves_the_set_as_it_was() {
    let mut set = JoinSet::new();
    set.spawn(|| 1);
    assert!(set.spawn_with(Builder::new().stack_size(1), || 2).is_err());
    assert_eq!(set.len(), 1);
    assert_eq!(set.join_all(), [1]);
}

#[test]
fn outside_any_loop_there_is_nobody_to_spawn() {
    let mut set = JoinSet::new();
    assert!(set.join_next().is_none());
    let error = set.spawn_with(Builder::new(), || ()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
}

#[coro::test]
fn a_thread_does_not_wait_for_itself() {
    let set = Rc::new(RefCell::new(JoinSet::new()));
    let inner = set.clone();
    set.borrow_mut().spawn(move || {
        let _ = inner.borrow_mut().join_next();
    });
    thread::yield_now();
    let error = set.borrow_mut().join_next().unwrap().unwrap_err();
    assert!(error.to_string().contains("cannot join itself"), "{error}");
}

#[test]
fn a_kill_at_each_suspension_leaves_nobody() {
    kth::kill_at_each("join_next", |drops| {
        let mut set = JoinSet::new();
        for n in 1..4 {
            let canary = drops.canary();
            set.spawn(move || {
                thread::sleep(Duration::from_secs(n));
                canary
            });
        }
        set.join_next().unwrap().unwrap().check();
        set.spawn(thread_that_waits(drops));
        while let Some(canary) = set.join_next() {
            canary.unwrap().check();
        }
        set.spawn(thread_that_waits(drops));
        set.shutdown();
    });
}

fn thread_that_waits(drops: &Drops) -> impl FnOnce() -> coro_tests::canary::Canary + use<> {
    let canary = drops.canary();
    move || {
        thread::yield_now();
        canary
    }
}

#[test]
fn it_is_joined_from_os_threads_and_other_loops() {
    const THREADS: u32 = 200;
    let join = |mut set: JoinSet<u32>| {
        let mut sum = 0;
        while let Some(n) = set.join_next() {
            sum += n.unwrap();
        }
        sum
    };
    for other_is_loop in [false, true] {
        let sum = coro::run(|| {
            let mut set = JoinSet::new();
            for n in 0..THREADS {
                set.spawn(move || {
                    for _ in 0..n % 7 {
                        thread::yield_now();
                    }
                    n
                });
            }
            let main = thread::current();
            let other = std::thread::spawn(move || {
                let sum = if other_is_loop { coro::run(|| join(set)) } else { join(set) };
                main.unpark();
                sum
            });
            thread::park();
            other.join().unwrap()
        });
        assert_eq!(sum, (0..THREADS).sum::<u32>());
    }
}

#[test]
fn one_set_holds_threads_of_two_loops() {
    let mut set = JoinSet::new();
    std::thread::scope(|scope| {
        coro::run(|| {
            set.spawn(|| 1);
            let (set, main) = (&mut set, thread::current());
            scope.spawn(move || {
                coro::run(|| {
                    set.spawn(|| 2);
                    let mut results: Vec<u32> = set.map(Result::unwrap).collect();
                    results.sort_unstable();
                    assert_eq!(results, [1, 2]);
                });
                main.unpark();
            });
            thread::park();
        });
    });
}
