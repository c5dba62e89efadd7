//! Panics end one thread, and nothing else.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use coro::sync::Mutex;
use coro::thread;
use coro_tests::canary::Drops;
use coro_tests::process;

use crate::support::{child, watch};

/// Sets how many threads panic in a row.
const COUNT_VARIABLE: &str = "CORO_PANICS";
/// How many do if nothing is set.
const COUNT: u64 = 10_000;
/// By how much memory may grow meanwhile.
const SLACK_KIB: u64 = 1024;

#[derive(Debug, PartialEq)]
struct Payload(u32);

#[coro::test]
fn one_of_a_thousand() {
    let drops = Drops::default();
    let finished = Rc::new(Cell::new(0));
    let threads: Vec<_> = (0..1000)
        .map(|number| {
            let (canary, finished) = (drops.canary(), finished.clone());
            thread::spawn(move || {
                thread::yield_now();
                canary.check();
                if number == 500 {
                    panic_any(Payload(number));
                }
                thread::yield_now();
                finished.set(finished.get() + 1);
                number
            })
        })
        .collect();
    for (number, thread) in (0..).zip(threads) {
        match thread.join() {
            Ok(result) => assert_eq!(result, number),
            Err(error) => {
                assert_eq!(number, 500);
                assert!(error.is_panic() && !error.is_killed() && !error.is_raised());
                assert_eq!(error.downcast_ref::<Payload>(), Some(&Payload(500)));
                let payload = error.into_panic().downcast::<Payload>().unwrap();
                assert_eq!(*payload, Payload(500));
            }
        }
    }
    assert_eq!(finished.get(), 999);
    drops.expect_none_alive();
}

#[coro::test]
fn the_text_is_in_the_error() {
    let thread = thread::Builder::new().name("worker".into());
    let number = std::hint::black_box(7);
    let worker = thread.spawn(move || panic!("at {number}")).unwrap();
    let error = worker.join().unwrap_err();
    assert_eq!(error.to_string(), "thread 'worker' panicked: at 7");
    assert_eq!(error.downcast_ref::<String>().unwrap(), "at 7");
}

#[test]
fn the_message_names_the_coro_thread() {
    let ended = child::run(|| {
        coro::run(|| {
            let builder = thread::Builder::new().name("worker-7".into());
            let named = builder.spawn(|| panic!("of the named")).unwrap();
            assert!(named.join().is_err());
            // Nobody joins this one.
            drop(thread::spawn(|| panic!("of the detached")));
            watch::until_alone();
        });
    });
    ended.expect_success();
    ended.expect_said(&[
        "coro thread 'worker-7', spawned at tests/tests/it/panics.rs",
        "of the named",
        "coro thread ThreadId(",
        "of the detached",
    ]);
}

#[test]
fn a_panic_of_main_goes_on_after_the_others_have_ended() {
    let drops = Drops::default();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        coro::run(|| {
            let canary = drops.canary();
            thread::spawn(move || {
                let _canary = canary;
                thread::park();
            });
            thread::yield_now();
            panic_any(Payload(7));
        });
    }));
    let payload = outcome.unwrap_err().downcast::<Payload>().unwrap();
    assert_eq!(*payload, Payload(7));
    drops.expect_none_alive();
    // The OS thread can run a loop again.
    assert_eq!(coro::run(|| 7), 7);
}

#[coro::test]
fn a_payload_whose_destructor_panics_ends_with_its_thread() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("from the destructor of a payload");
        }
    }
    drop(thread::spawn(|| panic_any(Bomb)));
    watch::until_alone();
    // Whoever joins has the payload, and its panic.
    let joined = thread::spawn(|| panic_any(Bomb)).join();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(joined))).is_err());
    // A result whose destructor panics, and that nobody takes.
    drop(thread::spawn(|| Bomb));
    watch::until_alone();
}

#[coro::test]
fn a_panic_poisons_the_mutex_it_holds_and_no_other() {
    let held = Rc::new(Mutex::new(1));
    let free = Rc::new(Mutex::new(2));
    let thread = thread::spawn({
        let (held, free) = (held.clone(), free.clone());
        move || {
            drop(free.lock().unwrap());
            let _guard = held.lock().unwrap();
            panic!("with the lock");
        }
    });
    assert!(thread.join().unwrap_err().is_panic());
    assert!(held.is_poisoned() && !free.is_poisoned());
    let guard = held.lock().unwrap_err().into_inner();
    assert_eq!(*guard, 1);
    held.clear_poison();
    drop(guard);
    assert_eq!(*held.lock().unwrap(), 1);
}

#[test]
fn memory_stays_flat_over_many_in_a_row() {
    let ended = child::run(|| {
        // The messages would be all that this test measures.
        std::panic::set_hook(Box::new(|_| ()));
        let count = std::env::var(COUNT_VARIABLE).map_or(COUNT, |text| text.parse().unwrap());
        coro::run(|| {
            panic_in_a_row(COUNT / 10);
            let before = process::resident_kib();
            panic_in_a_row(count);
            let after = process::resident_kib();
            assert!(
                after <= before + SLACK_KIB,
                "{before} KiB before, {after} KiB after {count} panics"
            );
        });
    });
    assert!(ended.success, "{}", ended.stdout);
}

fn panic_in_a_row(count: u64) {
    for number in 0..count {
        let joined = thread::spawn(move || {
            if number % 2 == 0 {
                thread::yield_now();
            }
            panic_any(number);
        });
        let error = joined.join().unwrap_err();
        assert_eq!(error.downcast_ref::<u64>(), Some(&number));
    }
}
