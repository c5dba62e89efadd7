//! The semaphore: order, interrupts, limits, and other OS threads.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use coro::__private::{Test, kill_at_suspension};
use coro::sync::{Arc, Semaphore};
use coro::thread;

use crate::support::spread::{spread, spread_with_kills};
use crate::support::{HOUR, MILLISECOND, MINUTE};
use crate::sync::{join_all, queue_up};

#[coro::test(seeds = 100)]
fn no_more_are_inside_than_there_are_permits() {
    const PERMITS: u32 = 5;
    let semaphore = Rc::new(Semaphore::new(5));
    let inside = Rc::new(Cell::new(0));
    let threads = (0..12).map(|number| {
        let (semaphore, inside) = (semaphore.clone(), inside.clone());
        thread::spawn(move || {
            for round in 0..20 {
                let count = (number + round) % (PERMITS + 1);
                let permit = semaphore.acquire_many(count);
                inside.set(inside.get() + count);
                assert!(inside.get() <= PERMITS);
                thread::yield_now();
                inside.set(inside.get() - count);
                drop(permit);
            }
        })
    });
    join_all(threads.collect());
    assert_eq!(semaphore.available_permits(), 5);
}

#[coro::test(seeds = 100)]
fn permits_go_out_in_the_order_of_coming_and_many_are_not_passed_over() {
    let semaphore = Rc::new(Semaphore::new(0));
    let served: Rc<Cell<Vec<usize>>> = Rc::default();
    let threads = queue_up(4, "a semaphore", {
        let (semaphore, served) = (semaphore.clone(), served.clone());
        move |number| {
            semaphore.acquire_many([1, 3, 1, 2][number]).forget();
            let mut all = served.take();
            all.push(number);
            served.set(all);
        }
    });
    let expect = |free: usize, expected: &[usize]| {
        semaphore.add_permits(1);
        (0..20).for_each(|_| thread::yield_now());
        let mut now = served.take();
        now.sort_unstable();
        assert_eq!((semaphore.available_permits(), &*now), (free, expected));
    };
    expect(0, &[0]);
    expect(1, &[]);
    expect(2, &[]);
    let refused = semaphore.try_acquire().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot take 1 permits without waiting: 2 are free, and others wait for them"
    );
    expect(0, &[1]);
    expect(0, &[2]);
    expect(1, &[]);
    expect(0, &[3]);
    join_all(threads);
}

#[coro::test]
fn one_addition_serves_several() {
    let semaphore = Rc::new(Semaphore::new(0));
    let threads = queue_up(5, "a semaphore", {
        let semaphore = semaphore.clone();
        move |_| semaphore.acquire().num_permits()
    });
    semaphore.add_permits(3);
    // They are handed over already, though nobody has run.
    assert_eq!(semaphore.available_permits(), 0);
    assert!(semaphore.try_acquire().is_err());
    assert_eq!(join_all(threads), [1; 5]);
    assert_eq!(semaphore.available_permits(), 3);
}

#[coro::test]
fn a_killed_waiter_leaves_its_permits_to_those_behind_it() {
    let semaphore = Rc::new(Semaphore::new(2));
    let mut threads = queue_up(3, "a semaphore", {
        let semaphore = semaphore.clone();
        move |number| semaphore.acquire_many([3, 1, 1][number]).forget()
    });
    let victim = threads.remove(0);
    victim.kill();
    assert!(victim.join().unwrap_err().is_killed());
    join_all(threads);
    assert_eq!(semaphore.available_permits(), 0);
    semaphore.add_permits(1);
    assert!(semaphore.try_acquire().is_ok());
}

#[coro::test]
fn a_kill_of_one_that_was_served_comes_after_it_has_the_permit() {
    let semaphore = Rc::new(Semaphore::new(0));
    let waiting = queue_up(1, "a semaphore", {
        let semaphore = semaphore.clone();
        move |_| {
            let _permit = semaphore.acquire();
            thread::yield_now();
            unreachable!("the kill is due");
        }
    });
    semaphore.add_permits(1);
    waiting[0].kill();
    let [victim] = waiting.try_into().unwrap();
    assert!(victim.join().unwrap_err().is_killed());
    assert_eq!(semaphore.available_permits(), 1);
}

#[coro::test(start_paused)]
fn a_limit_ends_the_wait_and_lets_those_behind_pass() {
    let semaphore = Rc::new(Semaphore::new(2));
    let start = coro::time::now();
    let large = queue_up(1, "a semaphore", {
        let semaphore = semaphore.clone();
        move |_| semaphore.acquire_many_timeout(3, HOUR).is_err()
    });
    let small = thread::spawn({
        let semaphore = semaphore.clone();
        move || semaphore.acquire_timeout(HOUR * 2).unwrap().forget()
    });
    assert!(coro::timeout(MILLISECOND, || semaphore.acquire()).is_err());
    assert_eq!(join_all(large), [true]);
    small.join().unwrap();
    assert_eq!(coro::time::now() - start, HOUR);
    assert_eq!(semaphore.available_permits(), 1);
    assert!(semaphore.acquire_timeout(MILLISECOND).is_ok());
}

#[coro::test]
fn an_owned_permit_travels() {
    let semaphore = Arc::new(Semaphore::new(2));
    let permit = semaphore.clone().acquire_many_owned(2);
    assert!(semaphore.clone().try_acquire_owned().is_err());
    let other = std::thread::spawn(move || permit.num_permits());
    let waiter = semaphore.clone().acquire_owned();
    assert_eq!(other.join().unwrap(), 2);
    waiter.forget();
    semaphore.clone().try_acquire_many_owned(1).unwrap().forget();
    assert_eq!(semaphore.available_permits(), 0);
    assert_eq!(Arc::strong_count(&semaphore), 1);
}

#[test]
fn a_kill_at_every_suspension_loses_no_permit() {
    for k in 1..=20 {
        for when_parked in [false, true] {
            let config = Test::new("kill").seeds(5).timeout(MINUTE);
            config.run(|| {
                let semaphore = Rc::new(Semaphore::new(4));
                let visit = {
                    let semaphore = semaphore.clone();
                    move |round: u32| {
                        let _permit = semaphore.acquire_many(round % 5);
                        if round.is_multiple_of(2) {
                            thread::yield_now();
                        }
                    }
                };
                let victim = thread::spawn({
                    let visit = visit.clone();
                    move || {
                        kill_at_suspension(k, when_parked);
                        for round in 0.. {
                            visit(round);
                        }
                    }
                });
                let others = (0..4).map(|number| {
                    let visit = visit.clone();
                    thread::spawn(move || (number..number + 12).for_each(visit))
                });
                join_all(others.collect());
                assert!(victim.join().unwrap_err().is_killed());
                assert_eq!(semaphore.available_permits(), 4);
                assert!(semaphore.try_acquire_many(4).is_ok());
            });
        }
    }
}

#[test]
fn loops_and_os_threads_share_one() {
    const PERMITS: u32 = 3;
    let semaphore = Arc::new(Semaphore::new(3));
    let inside = Arc::new(AtomicU32::new(0));
    let op = {
        let semaphore = semaphore.clone();
        move |round: u32| {
            let count = round % PERMITS + 1;
            let _permit = semaphore.acquire_many(count);
            assert!(inside.fetch_add(count, Ordering::Relaxed) + count <= PERMITS);
            inside.fetch_sub(count, Ordering::Relaxed);
        }
    };
    spread(25_000, op.clone());
    assert_eq!(semaphore.available_permits(), 3);
    spread_with_kills(5_000, 2_000, op);
    assert_eq!(semaphore.available_permits(), 3);
    assert!(semaphore.try_acquire_many(3).is_ok());
}

#[test]
fn limits_are_told() {
    const MOST: usize = Semaphore::MAX_PERMITS;
    let message = |f: &dyn Fn()| {
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_err();
        payload.downcast_ref::<String>().cloned().unwrap_or_else(|| {
            payload.downcast_ref::<&str>().copied().unwrap_or_default().to_owned()
        })
    };
    let semaphore = Semaphore::new(MOST);
    assert_eq!(
        message(&|| semaphore.add_permits(1)),
        format!("a semaphore with {MOST} free permits cannot take 1 more: it holds at most {MOST}")
    );
    assert_eq!(
        message(&|| drop(Semaphore::new(MOST + 1))),
        "a semaphore cannot hold more than Semaphore::MAX_PERMITS permits"
    );
    assert!(message(&|| Semaphore::new(0).add_permits(usize::MAX)).contains("cannot take"));
    assert_eq!(semaphore.acquire_many(u32::MAX).num_permits(), u32::MAX as usize);
    assert_eq!(semaphore.available_permits(), MOST);
}

#[test]
fn a_permit_that_comes_back_to_a_full_semaphore_is_lost() {
    const MOST: usize = Semaphore::MAX_PERMITS;
    let semaphore = Arc::new(Semaphore::new(MOST));
    let (borrowed, owned) = (semaphore.acquire(), semaphore.clone().acquire_owned());
    semaphore.add_permits(1);
    drop(owned);
    assert_eq!(semaphore.available_permits(), MOST);
    drop(borrowed);
    assert_eq!(semaphore.available_permits(), MOST);
}

#[test]
fn it_can_be_shared_and_sent() {
    fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    let semaphore = Arc::new(Semaphore::new(2));
    everywhere(&semaphore);
    everywhere(&semaphore.acquire());
    everywhere(&semaphore.clone().acquire_owned());
    everywhere(&semaphore.try_acquire_many(3).unwrap_err());
    assert_eq!(format!("{semaphore:?}"), "Semaphore { permits: 2, .. }");
}
