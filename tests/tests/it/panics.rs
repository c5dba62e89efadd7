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

/// What `catch_unwind` gives when an interrupt unwinds.
mod unwind {
    use std::any::Any;

    use coro::panic::Unwind;

    use super::*;
    use crate::support::HOUR;

    type Caught = Result<(), Box<dyn Any + Send>>;

    /// A way to catch, and a way to let it go on.
    struct Way {
        catch: fn(&mut dyn FnMut()) -> Caught,
        resume: fn(Box<dyn Any + Send>),
    }

    fn catch_std(f: &mut dyn FnMut()) -> Caught {
        catch_unwind(AssertUnwindSafe(f))
    }

    fn catch_coro(f: &mut dyn FnMut()) -> Caught {
        coro::panic::catch_unwind(AssertUnwindSafe(f))
    }

    fn resume_std(payload: Box<dyn Any + Send>) {
        std::panic::resume_unwind(payload)
    }

    fn resume_coro(payload: Box<dyn Any + Send>) {
        coro::panic::resume_unwind(payload)
    }

    const WAYS: [Way; 4] = [
        Way { catch: catch_std, resume: resume_std },
        Way { catch: catch_std, resume: resume_coro },
        Way { catch: catch_coro, resume: resume_std },
        Way { catch: catch_coro, resume: resume_coro },
    ];

    impl Way {
        /// Parks, and catches what ends that: an interrupt for which `is_it` holds, and which says `text`.
        #[track_caller]
        fn expect(&self, is_it: fn(&Unwind) -> bool, text: &str) -> Box<dyn Any + Send> {
            let payload = (self.catch)(&mut thread::park).unwrap_err();
            let unwind = payload.downcast_ref::<Unwind>().expect("an interrupt is an Unwind");
            assert!(is_it(unwind));
            let kinds = [unwind.is_kill(), unwind.is_timeout(), unwind.is_raise()];
            assert_eq!(kinds.into_iter().filter(|&is_it| is_it).count(), 1);
            assert_eq!(
                (unwind.to_string(), format!("{unwind:?}")),
                (text.into(), format!("Unwind({text})"))
            );
            payload
        }
    }

    #[coro::test]
    fn a_kill_is_found_and_goes_on() {
        for way in WAYS {
            let victim = thread::spawn(move || {
                let payload = way.expect(Unwind::is_kill, "the thread is being killed");
                assert!(payload.downcast_ref::<Unwind>().unwrap().downcast_ref::<()>().is_none());
                (way.resume)(payload);
            });
            thread::yield_now();
            victim.kill();
            assert!(victim.join().unwrap_err().is_killed());
        }
    }

    #[coro::test(start_paused)]
    fn a_timeout_is_found_and_goes_on_to_its_call() {
        for way in WAYS {
            let start = coro::time::now();
            let outer = coro::timeout(HOUR * 2, || {
                let inner = coro::timeout(HOUR, || {
                    let payload = way.expect(Unwind::is_timeout, "the time limit has passed");
                    (way.resume)(payload);
                });
                assert!(inner.is_err());
                thread::sleep(HOUR / 2);
            });
            assert!(outer.is_ok());
            assert_eq!(coro::time::now() - start, HOUR + HOUR / 2);
        }
    }

    #[coro::test]
    fn a_raise_is_found_and_goes_on_to_its_catch() {
        for way in WAYS {
            let caught = coro::catch::<Payload, _>(|| {
                thread::current().raise(Payload(7));
                let payload = way.expect(Unwind::is_raise, "something was raised at the thread");
                let unwind = payload.downcast_ref::<Unwind>().unwrap();
                assert_eq!(unwind.downcast_ref(), Some(&Payload(7)));
                assert!(unwind.downcast_ref::<u32>().is_none());
                (way.resume)(payload);
            });
            assert_eq!(caught, Err(Payload(7)));
        }
    }

    #[coro::test]
    fn what_was_raised_can_be_taken_out() {
        for way in WAYS {
            let drops = Drops::default();
            thread::current().raise(drops.canary());
            let payload = (way.catch)(&mut thread::park).unwrap_err();
            let unwind = payload.downcast::<Unwind>().unwrap();
            let unwind = unwind.downcast::<Payload>().unwrap_err();
            assert!(unwind.is_raise());
            let canary = unwind.downcast::<coro_tests::canary::Canary>().unwrap();
            canary.check();
            drop(canary);
            drops.expect_none_alive();
        }
    }

    #[coro::test]
    fn a_panic_is_none() {
        for way in WAYS {
            let payload = (way.catch)(&mut || panic_any(Payload(7))).unwrap_err();
            assert!(!payload.is::<Unwind>());
        }
    }

    #[coro::test]
    fn whoever_has_dropped_it_is_not_taken_for_unwinding() {
        struct Waits;
        impl Drop for Waits {
            fn drop(&mut self) {
                thread::park();
            }
        }
        // Somebody waits in the middle of an unwind, so that std's count tells nothing.
        let waiting = thread::spawn(|| {
            let _waits = Waits;
            thread::park();
        });
        thread::yield_now();
        waiting.kill();
        thread::yield_now();
        for way in WAYS {
            let victim = thread::spawn(move || {
                let payload = (way.catch)(&mut thread::park).unwrap_err();
                let mut payload = Some(payload);
                let again = (way.catch)(&mut || (way.resume)(payload.take().unwrap()));
                drop(again.unwrap_err());
                assert!(!thread::panicking());
                let mutex = Mutex::new(());
                drop(mutex.lock());
                assert!(!mutex.is_poisoned());
            });
            thread::yield_now();
            victim.raise(());
            victim.join().unwrap();
        }
        waiting.thread().unpark();
        assert!(waiting.join().unwrap_err().is_killed());
    }

    #[coro::test]
    fn a_swallowed_one_that_is_kept_goes_on_later() {
        let victim = thread::spawn(|| {
            let kept = catch_std(&mut thread::park).unwrap_err();
            let again = catch_coro(&mut thread::yield_now).unwrap_err();
            assert!(again.downcast_ref::<Unwind>().unwrap().is_kill());
            drop(again);
            resume_coro(kept);
        });
        thread::yield_now();
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
    }
}
