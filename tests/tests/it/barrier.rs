//! The barrier: rounds, leaders, interrupts, and other OS threads.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coro::__private::{Test, kill_at_suspension};
use coro::sync::{Arc, Barrier};
use coro::thread;

use crate::support::{MILLISECOND, MINUTE, watch};
use crate::sync::{join_all, queue_up};

#[coro::test(seeds = 100)]
fn nobody_passes_before_the_last_has_come_and_one_leads() {
    const COUNT: usize = 5;
    let barrier = Rc::new(Barrier::new(COUNT));
    let (come, leaders) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let threads = (0..COUNT).map(|_| {
        let (barrier, come, leaders) = (barrier.clone(), come.clone(), leaders.clone());
        thread::spawn(move || {
            for round in 1..=10 {
                come.set(come.get() + 1);
                if barrier.wait().is_leader() {
                    leaders.set(leaders.get() + 1);
                }
                assert!((COUNT * round..COUNT * (round + 1)).contains(&come.get()));
                thread::yield_now();
            }
        })
    });
    join_all(threads.collect());
    assert_eq!(leaders.get(), 10);
}

#[coro::test]
fn none_and_one_do_not_wait() {
    for count in [0, 1] {
        let barrier = Barrier::new(count);
        assert!(barrier.wait().is_leader() && barrier.wait().is_leader());
    }
}

#[coro::test]
fn a_killed_waiter_is_no_longer_counted() {
    let barrier = Rc::new(Barrier::new(3));
    let mut threads = queue_up(2, "a barrier", {
        let barrier = barrier.clone();
        move |_| barrier.wait().is_leader()
    });
    let victim = threads.remove(0);
    victim.kill();
    assert!(victim.join().unwrap_err().is_killed());
    let second = thread::spawn({
        let barrier = barrier.clone();
        move || barrier.wait().is_leader()
    });
    thread::yield_now();
    assert!(!threads[0].is_finished() && !second.is_finished());
    assert!(barrier.wait().is_leader());
    assert_eq!(join_all(threads), [false]);
    assert!(!second.join().unwrap());
}

#[coro::test]
fn a_kill_that_comes_after_the_last_one_comes_too_late() {
    let barrier = Rc::new(Barrier::new(2));
    let passed = Rc::new(Cell::new(false));
    let waiting = queue_up(1, "a barrier", {
        let (barrier, passed) = (barrier.clone(), passed.clone());
        move |_| {
            passed.set(!barrier.wait().is_leader());
            thread::yield_now();
            unreachable!("the kill is due");
        }
    });
    assert!(barrier.wait().is_leader());
    waiting[0].kill();
    watch::until_alone();
    assert!(passed.get());
}

#[coro::test(start_paused)]
fn a_timeout_takes_back_the_place() {
    let barrier = Barrier::new(2);
    for _ in 0..3 {
        assert!(coro::timeout(MILLISECOND, || barrier.wait()).is_err());
    }
}

#[test]
fn a_kill_at_every_suspension_loses_no_place() {
    for k in 1..=10 {
        for when_parked in [false, true] {
            let config = Test::new("kill").seeds(10).timeout(MINUTE);
            config.run(|| {
                let barrier = Rc::new(Barrier::new(3));
                let passed = Rc::new(Cell::new(0));
                let member = || {
                    let (barrier, passed) = (barrier.clone(), passed.clone());
                    move || {
                        loop {
                            barrier.wait();
                            passed.set(passed.get() + 1);
                        }
                    }
                };
                let victim = thread::spawn({
                    let work = member();
                    move || {
                        kill_at_suspension(k, when_parked);
                        work()
                    }
                });
                let others = [thread::spawn(member()), thread::spawn(member())];
                watch::until("the victim ends", || victim.is_finished());
                assert!(victim.join().unwrap_err().is_killed());
                watch::until("the others wait", || {
                    let before = passed.get();
                    (0..10).for_each(|_| thread::yield_now());
                    passed.get() == before
                });
                // One place is free, and whoever takes it completes the round.
                let newcomer = thread::spawn(member());
                let before = passed.get();
                watch::until("rounds go on", || passed.get() > before + 30);
                for thread in others.into_iter().chain([newcomer]) {
                    thread.kill();
                }
                watch::until_alone();
            });
        }
    }
}

#[test]
fn loops_and_os_threads_share_one() {
    const ROUNDS: usize = 5_000;
    const PLACES: usize = 6;
    let barrier = Arc::new(Barrier::new(PLACES));
    let (come, leaders) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let member = {
        let leaders = leaders.clone();
        move || {
            for round in 1..=ROUNDS {
                come.fetch_add(1, Ordering::Relaxed);
                if barrier.wait().is_leader() {
                    leaders.fetch_add(1, Ordering::Relaxed);
                }
                let seen = come.load(Ordering::Relaxed);
                assert!((PLACES * round..PLACES * (round + 1)).contains(&seen));
            }
        }
    };
    let in_loop = {
        let member = member.clone();
        move || {
            coro::run(|| join_all([(); 2].map(|()| thread::spawn(member.clone())).into()));
        }
    };
    let all = [
        std::thread::spawn(member.clone()),
        std::thread::spawn(member),
        std::thread::spawn(in_loop.clone()),
        std::thread::spawn(in_loop),
    ];
    all.into_iter().for_each(|each| each.join().unwrap());
    assert_eq!(leaders.load(Ordering::Relaxed), ROUNDS);
}

#[test]
fn its_face_is_std_s() {
    fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    static BARRIER: Barrier = Barrier::new(1);
    everywhere(&BARRIER);
    everywhere(&BARRIER.wait());
    assert_eq!(format!("{BARRIER:?}"), "Barrier { .. }");
    assert_eq!(format!("{:?}", BARRIER.wait()), "BarrierWaitResult { is_leader: true }");
}
