//! Time: deadlines, sleeping, and the paused clock.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use coro::net::TcpStream;
use coro::thread;
use coro_tests::sockets;

use crate::support::sites::SOCKET;
use crate::support::{HOUR, MILLISECOND, watch};

#[coro::test(start_paused)]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    let start = coro::time::now();
    let order: Rc<RefCell<Vec<u32>>> = Rc::default();
    let hours = [5, 1, 4, 1, 3, 0, 2];
    let threads: Vec<_> = hours
        .iter()
        .map(|&hours| {
            let order = order.clone();
            thread::spawn(move || {
                thread::sleep(HOUR * hours);
                assert_eq!(coro::time::now() - start, HOUR * hours);
                order.borrow_mut().push(hours);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(order.take(), [0, 1, 1, 2, 3, 4, 5]);
}

#[coro::test]
fn a_sleep_never_ends_early() {
    let threads: Vec<_> = (0..100)
        .map(|number| {
            let length = Duration::from_micros(number * 97);
            thread::spawn(move || {
                let (start, start_std) = (coro::time::now(), Instant::now());
                thread::sleep(length);
                assert!(coro::time::now() - start >= length);
                assert!(start_std.elapsed() >= length);
                let deadline = coro::time::now() + length;
                thread::sleep_until(deadline);
                assert!(coro::time::now() >= deadline);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[coro::test(start_paused)]
fn a_deadline_in_the_past_gives_way_once() {
    let start = coro::time::now();
    let other = thread::spawn(|| ());
    thread::sleep_until(start);
    assert!(other.is_finished());
    thread::sleep(Duration::ZERO);
    assert_eq!(coro::time::now(), start);
}

#[coro::test(start_paused)]
fn times_beyond_the_end_of_time_mean_for_ever() {
    let longest = [Duration::MAX, Duration::from_secs(u64::MAX), Duration::MAX / 2];
    for length in longest {
        let cond = coro::Cond::<()>::new();
        type Wait<'a> = &'a dyn Fn();
        let waits: [Wait<'_>; 3] =
            [&|| thread::sleep(length), &|| thread::park_timeout(length), &|| {
                assert_eq!(cond.wait_timeout(length), Ok(()));
            }];
        for wait in waits {
            let start = coro::time::now();
            assert!(coro::timeout(HOUR * 10_000, wait).is_err());
            assert_eq!(coro::time::now() - start, HOUR * 10_000);
        }
    }
    let sleeper = thread::Builder::new().name("sleeper".into());
    let sleeper = sleeper.spawn(|| thread::sleep(Duration::MAX)).unwrap();
    watch::until_parked("sleeper", "the end of its sleep");
    sleeper.kill();
    assert!(sleeper.join().unwrap_err().is_killed());
}

#[coro::test(start_paused)]
fn the_clock_stands_while_threads_run() {
    let start = coro::time::now();
    let spinner = thread::spawn(|| (0..1000).for_each(|_| thread::yield_now()));
    spinner.join().unwrap();
    assert_eq!(coro::time::now(), start);
}

#[coro::test(start_paused)]
fn sockets_that_are_ready_go_before_a_jump() {
    let start = coro::time::now();
    let (reader, mut writer) = sockets::std_pair().unwrap();
    let onlooker = reader.try_clone().unwrap();
    let reader = TcpStream::from(reader);
    let receiver = thread::Builder::new().name("receiver".into());
    let receiver = receiver.spawn(move || {
        for expected in 0..100 {
            let mut byte = [0];
            (&reader).read_exact(&mut byte).unwrap();
            assert_eq!((byte[0], coro::time::now()), (expected, start));
        }
    });
    watch::until_parked("receiver", SOCKET);
    writer.write_all(&(0..100).collect::<Vec<u8>>()).unwrap();
    // The kernel has delivered them when they can be seen.
    while onlooker.peek(&mut [0; 100]).unwrap_or(0) < 100 {}
    thread::sleep(MILLISECOND);
    receiver.unwrap().join().unwrap();
    assert_eq!(coro::time::now(), start + MILLISECOND);
}

#[test]
fn each_loop_has_its_own_clock() {
    let real = Instant::now();
    let jumped = coro::Builder::new().start_paused(true).run(|| {
        let start = coro::time::now();
        thread::sleep(HOUR * 24 * 365);
        coro::time::now() - start
    });
    assert_eq!(jumped, HOUR * 24 * 365);
    let later = coro::run(coro::time::now);
    assert!(later >= real && later < real + HOUR);
}

#[coro::test(start_paused)]
fn a_hundred_thousand_deadlines() {
    let start = coro::time::now();
    for round in 0..100_000 {
        let late = coro::timeout(HOUR, || coro::timeout(MILLISECOND, thread::park));
        assert_eq!(late.map(|inner| inner.is_err()), Ok(true), "round {round}");
    }
    assert_eq!(coro::time::now() - start, MILLISECOND * 100_000);
}
