//! The event list: order, clocks, cancelling, and who is served when several wait.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use coro::__private::kill_at_suspension;
use coro::thread::{self, JoinHandle};
use coro::time::{EventKey, EventList, SystemTime, now, system_now};
use coro_tests::canary::{Canary, Drops};

use crate::support::{HOUR, MILLISECOND, MINUTE, watch};

/// What reports say of a thread that waits for an event.
const WAITS: &str = "an EventList";

/// Spawns threads named "0", "1", … one after the other, each when the one before waits for an event.
fn queue_up<T: 'static, R: 'static>(
    list: &Rc<EventList<T>>,
    count: usize,
    wait: impl Fn(&EventList<T>) -> R + Copy + 'static,
) -> Vec<JoinHandle<R>> {
    let spawn = |number: usize| {
        let list = list.clone();
        let builder = thread::Builder::new().name(number.to_string());
        let thread = builder.spawn(move || wait(&list)).unwrap();
        watch::until_parked(&number.to_string(), WAITS);
        thread
    };
    (0..count).map(spawn).collect()
}

fn join_all<T>(threads: Vec<JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[coro::test(start_paused)]
fn events_come_in_the_order_of_their_times() {
    let list = EventList::new();
    let (start, system_start) = (now(), system_now());
    for hours in [5, 1, 4, 2, 3, 0] {
        match hours % 3 {
            0 => list.insert_after(HOUR * hours, hours),
            1 => list.insert_at(start + HOUR * hours, hours),
            _ => list.insert_absolute(system_start + HOUR * hours, hours),
        };
    }
    for hours in 0..6 {
        assert_eq!(list.next_deadline(), Some(start + HOUR * hours));
        assert_eq!(list.wait(), hours);
        assert_eq!(now() - start, HOUR * hours);
    }
    assert!(list.is_empty());
}

#[coro::test(start_paused)]
fn equal_times_come_in_the_order_of_insertion() {
    let list = EventList::new();
    let deadline = now() + HOUR;
    let kept: Vec<u32> = (0..1000)
        .filter(|number| {
            let key = list.insert_at(deadline, *number);
            if number % 3 == 0 {
                assert_eq!(list.cancel(key), Some(*number));
            }
            number % 3 != 0
        })
        .collect();
    let given: Vec<u32> = std::iter::from_fn(|| list.next_event()).collect();
    assert_eq!(given, kept);
}

#[coro::test]
fn an_event_is_never_early() {
    let list = EventList::new();
    for number in 0..50 {
        let delay = Duration::from_micros(number * 197);
        list.insert_after(delay, (Some(now() + delay), None));
        list.insert_absolute(system_now() + delay, (None, Some(system_now() + delay)));
    }
    while let Some((deadline, system_time)) = list.next_event() {
        assert!(deadline <= Some(now()));
        assert!(system_time <= Some(system_now()));
    }
}

#[coro::test(start_paused)]
fn a_cancelled_event_never_comes() {
    let list = EventList::new();
    let start = now();
    let early = list.insert_after(HOUR, "early");
    let late = list.insert_after(HOUR * 2, "late");
    let other_list = EventList::new();
    let other = other_list.insert_after(HOUR, "other");
    assert_eq!(list.cancel(other), None);
    assert_eq!(list.cancel(early), Some("early"));
    assert_eq!(list.cancel(early), None);
    assert_eq!(list.wait(), "late");
    assert_eq!(list.cancel(late), None);
    assert_eq!(now() - start, HOUR * 2);
}

#[coro::test(start_paused)]
fn times_beyond_the_clocks_mean_never() {
    let list = EventList::new();
    let end_of_time = SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX as u64);
    let keys = [
        list.insert_after(Duration::MAX, 0),
        list.insert_after(Duration::from_secs(u64::MAX), 1),
        list.insert_absolute(end_of_time, 2),
    ];
    assert!(list.wait_timeout(HOUR * 100_000).is_err());
    assert!(coro::timeout(HOUR, || list.wait_timeout(Duration::MAX)).is_err());
    assert_eq!(list.len(), 3);
    assert_eq!(keys.map(|key| list.cancel(key)), [Some(0), Some(1), Some(2)]);
}

#[coro::test(start_paused)]
fn a_limit_ends_the_wait_and_leaves_the_event() {
    let list = EventList::new();
    let start = now();
    assert!(list.wait_timeout(HOUR).is_err());
    list.insert_after(HOUR * 2, 7);
    assert!(list.wait_until(now() + HOUR).is_err());
    assert_eq!((now() - start, list.len()), (HOUR * 2, 1));
    assert_eq!(list.pop_due(), None);
    assert_eq!(list.wait_timeout(HOUR), Ok(7));
    // What is due counts, even if the time is up.
    list.insert_after(Duration::ZERO, 8);
    assert_eq!(list.wait_until(start), Ok(8));
    assert!(list.wait_until(start).is_err());
}

#[coro::test(start_paused, timeout = 360_000)]
fn an_earlier_event_comes_earlier_although_somebody_waits() {
    let list = Rc::new(EventList::new());
    list.insert_after(HOUR * 10, 10);
    let start = now();
    let waiting = queue_up(&list, 3, |list| (list.wait(), now()));
    for hours in [5, 3, 4] {
        list.insert_after(HOUR * hours, hours);
    }
    let wall = list.insert_absolute(system_now() + HOUR, 1);
    thread::sleep(MILLISECOND);
    assert_eq!(list.cancel(wall), Some(1));
    let given = join_all(waiting);
    assert_eq!(given, [3, 4, 5].map(|hours| (hours, start + HOUR * hours)));
    assert_eq!(list.len(), 1);
}

#[coro::test(start_paused, seeds = 100, timeout = 360_000)]
fn each_event_goes_to_one_of_those_who_wait() {
    let list = Rc::new(EventList::new());
    let waiting = queue_up(&list, 10, EventList::wait);
    for value in 0..10 {
        list.insert_after(HOUR * (value % 4), value);
    }
    let mut given = join_all(waiting);
    given.sort_unstable();
    assert_eq!(given, (0..10).collect::<Vec<_>>());
}

#[coro::test(start_paused, seeds = 20, timeout = 360_000)]
fn an_empty_list_ends_the_waits_that_care() {
    let list = Rc::new(EventList::new());
    assert_eq!(list.next_event(), None);
    type End = fn(&EventList<u32>, EventKey);
    // How the list becomes empty, who is served then, and when.
    let ends: [(End, &[u32], Duration); 3] = [
        (|list, _| list.clear(), &[], Duration::ZERO),
        (|list, key| assert_eq!(list.cancel(key), Some(1)), &[], Duration::ZERO),
        (|_, _| (), &[1], HOUR),
    ];
    for (end, expected, after) in ends {
        let start = now();
        let key = list.insert_after(HOUR, 1);
        let waiting = queue_up(&list, 3, EventList::next_event);
        let patient = thread::Builder::new().name("patient".into()).spawn({
            let list = list.clone();
            move || list.wait()
        });
        watch::until_parked("patient", WAITS);
        end(&list, key);
        let given: Vec<u32> = join_all(waiting).into_iter().flatten().collect();
        assert_eq!((&given[..], now() - start), (expected, after));
        watch::until_parked("patient", WAITS);
        list.insert_after(HOUR, 2);
        assert_eq!(patient.unwrap().join().unwrap(), 2);
    }
}

#[coro::test(start_paused, seeds = 100, timeout = 360_000)]
fn whoever_is_interrupted_passes_the_watch_on() {
    let drops = Drops::default();
    let list = Rc::new(EventList::new());
    for victims in 0..3 {
        let mut waiting = queue_up(&list, 4, EventList::wait);
        for _ in 0..4 {
            list.insert_after(HOUR, drops.canary());
        }
        let timed = thread::spawn({
            let list = list.clone();
            move || coro::timeout(MILLISECOND, || list.wait().check())
        });
        let rest = waiting.split_off(victims);
        let killer = thread::spawn(move || {
            waiting.iter().for_each(JoinHandle::kill);
            waiting
        });
        for victim in killer.join().unwrap() {
            assert!(victim.join().unwrap_err().is_killed());
        }
        assert!(timed.join().unwrap().is_err());
        join_all(rest).iter().for_each(Canary::check);
        assert_eq!(list.len(), victims);
        list.clear();
    }
    drops.expect_none_alive();
}

#[coro::test(start_paused, seeds = 100, timeout = 360_000)]
fn a_kill_when_the_event_is_due_loses_nothing() {
    let drops = Drops::default();
    let list = Rc::new(EventList::new());
    let waiting = queue_up(&list, 3, |list| {
        let event = list.wait();
        if thread::current().name() == Some("0") {
            thread::park();
        }
        event
    });
    list.insert_after(HOUR, drops.canary());
    // This thread wakes in the same instant as the one that keeps the watch, before it or after it.
    thread::sleep(HOUR);
    waiting[0].kill();
    let mut ended = waiting.into_iter();
    let killed = ended.next().unwrap().join();
    assert!(killed.unwrap_err().is_killed());
    // If the first had the event when the kill came, it went down with it; otherwise one of the others has it.
    for _ in 0..1 + drops.dropped() {
        list.insert_after(HOUR, drops.canary());
    }
    ended.for_each(|thread| thread.join().unwrap().check());
    drops.expect_none_alive();
}

#[test]
fn a_kill_at_every_suspension_leaves_the_others_served() {
    for k in 1..=20 {
        for when_parked in [false, true] {
            coro::Builder::new().start_paused(true).run(|| {
                let drops = Drops::default();
                let list = Rc::new(EventList::<Canary>::new());
                let victim = thread::spawn({
                    let list = list.clone();
                    move || {
                        kill_at_suspension(k, when_parked);
                        loop {
                            list.wait().check();
                        }
                    }
                });
                for number in 0..=k {
                    list.insert_after(MILLISECOND * number, drops.canary());
                }
                assert!(victim.join().unwrap_err().is_killed());
                while let Some(event) = list.next_event() {
                    event.check();
                }
                drops.expect_none_alive();
                let leftovers = coro::__private::leftovers();
                assert!(leftovers.is_empty(), "{leftovers}");
            });
        }
    }
}

#[coro::test(start_paused)]
fn a_destructor_may_wait_for_an_event_and_a_second_kill_does_not_disturb_it() {
    struct Last(Rc<EventList<u32>>, Rc<RefCell<Option<u32>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            *self.1.borrow_mut() = Some(self.0.wait());
        }
    }
    let list = Rc::new(EventList::new());
    list.insert_after(HOUR, 7);
    let seen = Rc::default();
    let last = Last(list, Rc::clone(&seen));
    let thread = thread::spawn(move || {
        let _last = last;
        thread::park();
    });
    thread::yield_now();
    thread.kill();
    thread::yield_now();
    thread.kill();
    assert!(thread.join().unwrap_err().is_killed());
    assert_eq!(seen.take(), Some(7));
}

#[coro::test]
fn a_value_s_destructor_may_use_the_list() {
    struct Chained(Rc<EventList<Chained>>, u32);
    impl Drop for Chained {
        fn drop(&mut self) {
            if self.1 > 0 {
                self.0.insert_after(Duration::ZERO, Chained(self.0.clone(), self.1 - 1));
            }
        }
    }
    let list = Rc::new(EventList::new());
    list.insert_after(Duration::ZERO, Chained(list.clone(), 3));
    list.clear();
    assert_eq!(list.len(), 1);
    let mut count = 0;
    while let Some(event) = list.next_event() {
        drop(event);
        count += 1;
    }
    assert_eq!(count, 3);
}

#[coro::test]
fn a_list_that_is_never_empty_does_not_keep_the_loop() {
    let list = EventList::new();
    let other = thread::spawn(|| ());
    let mut rounds = 0;
    while !other.is_finished() {
        list.insert_after(Duration::ZERO, ());
        list.wait();
        rounds += 1;
        assert!(rounds < 10_000, "the other thread never ran");
    }
}

/// Takes events until one says that it is the last; how many came, and their sum.
fn take_all(list: &EventList<Option<u32>>) -> (u32, u64) {
    let (mut count, mut sum) = (0, 0);
    while let Some(value) = list.wait() {
        count += 1;
        sum += u64::from(value);
    }
    (count, sum)
}

#[test]
fn loops_and_os_threads_share_one() {
    const COUNT: u32 = 20_000;
    let list = Arc::new(EventList::new());
    let takers: Vec<_> = (0..4)
        .map(|number| {
            let list = list.clone();
            std::thread::spawn(move || match number % 2 {
                0 => coro::run(|| thread::spawn(move || take_all(&list)).join().unwrap()),
                _ => take_all(&list),
            })
        })
        .collect();
    let next = Arc::new(AtomicU32::new(0));
    let givers: Vec<_> = (0..2)
        .map(|_| {
            let (list, next) = (list.clone(), next.clone());
            std::thread::spawn(move || {
                loop {
                    let value = next.fetch_add(1, Ordering::Relaxed);
                    if value >= COUNT {
                        return;
                    }
                    let delay = Duration::from_micros(u64::from(value % 7) * 31);
                    match value % 3 {
                        0 => list.insert_absolute(system_now() + delay, Some(value)),
                        1 => list.insert_at(now() + delay, Some(value)),
                        _ => list.insert_after(delay, Some(value)),
                    };
                    if value % 5 == 0 {
                        // In again by another way, unless somebody has it already.
                        let key = list.insert_after(MILLISECOND, Some(0));
                        list.cancel(key);
                    }
                }
            })
        })
        .collect();
    givers.into_iter().for_each(|giver| giver.join().unwrap());
    for _ in 0..4 {
        list.insert_after(MILLISECOND * 50, None);
    }
    let (mut count, mut sum) = (0, 0);
    for taker in takers {
        let (taken, share) = taker.join().unwrap();
        count += taken;
        sum += share;
    }
    assert!(list.is_empty());
    assert!(count >= COUNT);
    assert_eq!(sum, u64::from(COUNT) * u64::from(COUNT - 1) / 2);
}

/// Takes an event that is under way. Who is not woken for it finds it after a minute.
fn take_when_woken<T>(list: &EventList<T>) -> T {
    let start = Instant::now();
    let event = list.wait_timeout(MINUTE).expect("an event is under way");
    assert!(start.elapsed() < MINUTE, "nobody woke this thread");
    event
}

#[test]
fn no_event_is_missed_between_the_look_and_the_wait() {
    const ROUNDS: u32 = 20_000;
    for count in [1, 3] {
        let list = Arc::new(EventList::new());
        let taken = Arc::new(AtomicU32::new(0));
        let takers: Vec<_> = (0..count)
            .map(|_| {
                let (list, taken) = (list.clone(), taken.clone());
                std::thread::spawn(move || {
                    while take_when_woken(&list) {
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for round in 0..ROUNDS {
            // So that it comes at all points of a taker's way from one event to the next.
            (0..round % 97).for_each(|_| std::hint::spin_loop());
            list.insert_after(Duration::ZERO, true);
            while taken.load(Ordering::Relaxed) <= round {
                assert!(takers.iter().all(|taker| !taker.is_finished()), "round {round}");
                std::thread::yield_now();
            }
        }
        for _ in 0..count {
            list.insert_after(Duration::ZERO, false);
        }
        takers.into_iter().for_each(|taker| taker.join().unwrap());
    }
}

#[test]
fn the_watch_is_not_lost_when_its_keeper_leaves() {
    const ROUNDS: u32 = 20_000;
    let list = Arc::new(EventList::new());
    let (round_begun, taken) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let takers: Vec<_> = (0..2)
        .map(|_| {
            let (list, round_begun, taken) = (list.clone(), round_begun.clone(), taken.clone());
            std::thread::spawn(move || {
                for round in 1..=ROUNDS {
                    while round_begun.load(Ordering::Relaxed) < round {
                        std::thread::yield_now();
                    }
                    take_when_woken(&list);
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 1..=ROUNDS {
        round_begun.store(round, Ordering::Relaxed);
        for pause in [round % 61, round % 37] {
            (0..pause).for_each(|_| std::hint::spin_loop());
            list.insert_after(Duration::ZERO, ());
        }
        while taken.load(Ordering::Relaxed) < round * 2 {
            let is_over = takers.iter().any(|taker| taker.is_finished());
            assert!(!is_over || round == ROUNDS, "round {round}");
            std::thread::yield_now();
        }
    }
    takers.into_iter().for_each(|taker| taker.join().unwrap());
    assert!(list.is_empty());
}

#[test]
fn the_last_event_ends_the_waits_in_every_loop() {
    for round in 0..200 {
        let list = Arc::new(EventList::new());
        list.insert_after(Duration::from_micros(round), ());
        let takers: Vec<_> = (0..3)
            .map(|number| {
                let list = list.clone();
                std::thread::spawn(move || match number {
                    0 => coro::run(|| list.next_event().is_some()),
                    _ => list.next_event().is_some(),
                })
            })
            .collect();
        let served = takers.into_iter().map(|taker| taker.join().unwrap());
        assert_eq!(served.filter(|&served| served).count(), 1);
    }
}
