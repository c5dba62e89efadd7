//! How deep threads have gone, and functions that are measured.

use coro::stack::{measure, on_big_stack, trim};
use coro::thread;

use super::{KIB, MIB, dig, everywhere, in_coroutine};

/// Spawns a thread that does `f` and parks.
fn parked(f: impl FnOnce() + 'static) -> thread::JoinHandle<()> {
    let handle = thread::spawn(|| {
        f();
        thread::park();
    });
    thread::yield_now();
    handle
}

#[track_caller]
fn end(handle: thread::JoinHandle<()>) {
    handle.thread().unpark();
    handle.join().unwrap();
}

#[test]
fn it_tells_what_a_thread_has_used() {
    coro::Builder::new().clear_stacks(true).run(|| {
        for kib in [4, 20, 60, 100, 180] {
            let handle = parked(move || dig(kib * KIB));
            let used = handle.thread().stack_high_water().unwrap();
            assert!(used >= kib * KIB, "{used} of {kib} KiB");
            assert!(used <= kib * KIB + 40 * KIB, "{used} of {kib} KiB");
            end(handle);
        }
    });
}

#[test]
fn zeros_count_as_used() {
    coro::Builder::new().clear_stacks(true).run(|| {
        let handle = parked(|| {
            std::hint::black_box([0_u8; 100 * KIB]);
        });
        assert!(handle.thread().stack_high_water().unwrap() >= 100 * KIB);
        end(handle);
    });
}

#[coro::test]
fn it_grows_while_a_thread_goes_deeper() {
    let handle = thread::spawn(|| {
        let me = thread::current();
        let mut last = 0;
        for kib in [10, 50, 100, 150] {
            dig(kib * KIB);
            let used = me.stack_high_water().unwrap();
            assert!(used >= (kib * KIB).max(last), "{used} of {kib} KiB");
            last = used;
        }
        dig(10 * KIB);
        assert!(me.stack_high_water().unwrap() >= last);
    });
    handle.join().unwrap();
}

#[test]
fn it_does_not_fall_when_memory_is_given_back() {
    coro::Builder::new().clear_stacks(true).run(|| {
        let handle = thread::spawn(|| {
            for kib in [60, 20, 120] {
                dig(kib * KIB);
                thread::park();
            }
            in_coroutine(|| {
                dig(150 * KIB);
                thread::park();
            });
        });
        let mut last = 0;
        for kib in [60, 60, 120, 120] {
            thread::yield_now();
            let used = handle.thread().stack_high_water().unwrap();
            assert!(used >= last && (kib * KIB..kib * KIB + 20 * KIB).contains(&used), "{used}");
            for _ in 0..2 {
                trim();
                assert_eq!(handle.thread().stack_high_water(), Some(used));
            }
            last = used;
            handle.thread().unpark();
        }
        handle.join().unwrap();
        let next = thread::spawn(|| thread::current().stack_high_water().unwrap());
        assert!(next.join().unwrap() < 20 * KIB, "a mark is that of one thread");
    });
}

#[coro::test]
fn other_stacks_do_not_count() {
    let fresh = thread::Builder::new().stack_size(512 * KIB);
    let handle = fresh.spawn(|| {
        on_big_stack(MIB, || dig(400 * KIB));
        in_coroutine(|| dig(150 * KIB));
        thread::current().stack_high_water().unwrap()
    });
    let used = handle.unwrap().join().unwrap();
    assert!(used < 100 * KIB, "{used}");
}

#[coro::test]
fn a_thread_that_has_not_started_has_used_next_to_nothing() {
    let fresh = thread::Builder::new().stack_size(512 * KIB).spawn(|| ()).unwrap();
    let used = fresh.thread().stack_high_water().unwrap();
    assert!(used <= 4 * KIB, "{used}");
    fresh.join().unwrap();
}

#[test]
fn main_and_foreign_and_finished_threads_have_none() {
    let elsewhere = coro::run(|| {
        assert_eq!(thread::current().stack_high_water(), None);
        let finished = thread::spawn(|| ());
        let thread = finished.thread().clone();
        finished.join().unwrap();
        assert_eq!(thread.stack_high_water(), None);
        let live = thread::spawn(thread::park);
        let foreign = live.thread().clone();
        let seen = std::thread::spawn(move || {
            let outside = foreign.stack_high_water();
            (outside, coro::run(|| foreign.stack_high_water()))
        });
        assert_eq!(seen.join().unwrap(), (None, None));
        live.thread().clone()
    });
    assert_eq!(elsewhere.stack_high_water(), None);
    assert_eq!(thread::current().stack_high_water(), None);
}

#[test]
fn functions_are_measured_everywhere() {
    everywhere(|| {
        for kib in [8, 100, 1000, 7000] {
            let (result, measured) = measure(|| {
                dig(kib * KIB);
                thread::yield_now();
                kib
            });
            assert_eq!(result, kib);
            let used = measured.used();
            assert!((kib * KIB..kib * KIB * 2).contains(&used), "{used} of {kib} KiB");
            assert!(measured.suggested() >= 2 * used && measured.suggested().is_power_of_two());
        }
        let ((), little) = measure(|| ());
        assert!(little.used() < 4 * KIB, "{little}");
    });
}

#[test]
fn a_measured_function_may_panic_and_the_next_is_not_affected() {
    let outcome = std::panic::catch_unwind(|| {
        measure(|| {
            dig(MIB);
            std::panic::resume_unwind(Box::new(()));
        })
    });
    assert!(outcome.is_err());
    let ((), next) = measure(|| dig(16 * KIB));
    assert!(next.used() < 64 * KIB, "{next}");
    assert_eq!(coro::stack::usage().in_use(), 0);
}
