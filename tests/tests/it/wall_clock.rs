//! The wall clock, and sleeping until it shows a time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use coro::thread;
use coro::time::{SystemTime, sleep_absolute, system_now};

use crate::support::{HOUR, MILLISECOND, watch};

#[coro::test]
fn a_sleep_never_ends_early() {
    let threads: Vec<_> = (0..50)
        .map(|number| {
            thread::spawn(move || {
                let time = system_now() + Duration::from_micros(number * 97);
                sleep_absolute(time);
                assert!(system_now() >= time);
                assert!(SystemTime::now() >= time);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[coro::test(start_paused)]
fn it_moves_with_the_paused_clock() {
    let (start, system_start) = (coro::time::now(), system_now());
    for hours in [0, 1, 24, 24 * 365 * 50] {
        let (before, system_before) = (coro::time::now(), system_now());
        thread::sleep(HOUR * hours);
        assert_eq!(coro::time::now() - before, HOUR * hours);
        assert_eq!(system_now(), system_before + HOUR * hours);
        sleep_absolute(system_now() + HOUR * hours);
        assert_eq!(system_now(), system_before + HOUR * hours * 2);
    }
    assert_eq!(system_now() - (coro::time::now() - start), system_start);
}

#[test]
fn a_paused_one_starts_at_the_time_of_the_start() {
    let before = SystemTime::now();
    let start = coro::Builder::new().start_paused(true).run(|| {
        while SystemTime::now() == before {}
        system_now()
    });
    let late = SystemTime::now();
    assert!(before - HOUR < start && start < late + HOUR);
}

#[coro::test(start_paused, seeds = 20)]
fn sleepers_of_both_clocks_wake_in_the_order_of_their_times() {
    let (start, system_start) = (coro::time::now(), system_now());
    let order: Rc<RefCell<Vec<u32>>> = Rc::default();
    let threads: Vec<_> = [5, 1, 4, 3, 0, 2]
        .into_iter()
        .map(|hours| {
            let order = order.clone();
            thread::spawn(move || {
                match hours % 2 {
                    0 => sleep_absolute(system_start + HOUR * hours),
                    _ => thread::sleep_until(start + HOUR * hours),
                }
                order.borrow_mut().push(hours);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(order.take(), [0, 1, 2, 3, 4, 5]);
}

#[coro::test(start_paused)]
fn a_time_that_has_passed_gives_way_once() {
    let start = system_now();
    for time in [start, start - MILLISECOND, SystemTime::UNIX_EPOCH] {
        let other = thread::spawn(|| ());
        sleep_absolute(time);
        assert!(other.is_finished());
    }
    assert_eq!(system_now(), start);
}

#[coro::test(start_paused)]
fn interrupts_end_the_sleep() {
    let never = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 62);
    let start = system_now();
    assert!(coro::timeout(HOUR, || sleep_absolute(never)).is_err());
    assert_eq!(system_now(), start + HOUR);
    let sleeper = thread::Builder::new().name("sleeper".into());
    let sleeper = sleeper.spawn(move || {
        assert_eq!(coro::catch(|| sleep_absolute(never)), Err("enough"));
        sleep_absolute(never);
    });
    let sleeper = sleeper.unwrap();
    watch::until_parked("sleeper", "the end of its sleep");
    sleeper.raise("enough");
    // The one that was raised at is ready now; when it sleeps again, it has caught that.
    watch::until_parked("sleeper", "the end of its sleep");
    sleeper.kill();
    assert!(sleeper.join().unwrap_err().is_killed());
}

#[test]
fn outside_any_loop_it_blocks_the_os_thread() {
    let (start, time) = (Instant::now(), system_now() + MILLISECOND);
    sleep_absolute(time);
    assert!(SystemTime::now() >= time);
    assert!(start.elapsed() < HOUR);
}
