//! `coro::join` and `thread::map_bounded`: results, borrows, panics, kills.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use coro::thread;
use coro_tests::canary::Drops;

use crate::support::{HOUR, MILLISECOND, kth, watch};

/// The text of the panic that `f` ends with.
#[track_caller]
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(|| drop(f()))).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().unwrap()).to_owned(),
    }
}

/// Reports say that the threads were spawned where the call stands.
#[coro::test]
fn threads_are_spawned_by_the_callers_line() {
    let is_here = || coro::__private::leftovers().contains(file!());
    let (found, ()) = coro::join(is_here, || ());
    assert!(found);
    let report = RefCell::new(String::new());
    thread::map_bounded(0..2, 2, |_| report.replace(coro::__private::leftovers()));
    assert!(report.take().contains(file!()));
}

mod join {
    use super::*;

    #[coro::test(seeds = 100)]
    fn gives_both_results() {
        let log = RefCell::new(Vec::new());
        let write = |word| {
            move |log: &RefCell<Vec<&'static str>>| {
                log.borrow_mut().push(word);
                thread::yield_now();
                log.borrow_mut().push(word);
                word
            }
        };
        let both = coro::join(|| write("a")(&log), || write("b")(&log));
        assert_eq!(both, ("a", "b"));
        assert_eq!(log.borrow().len(), 4);
    }

    #[coro::test]
    fn the_second_begins_when_the_first_waits() {
        let order = RefCell::new(Vec::new());
        coro::join(
            || {
                order.borrow_mut().push(1);
                thread::yield_now();
                order.borrow_mut().push(3);
            },
            || order.borrow_mut().push(2),
        );
        assert_eq!(order.take(), [1, 2, 3]);
    }

    #[coro::test]
    fn halves_of_halves() {
        fn increment(numbers: &mut [u32]) {
            if let [number] = numbers {
                thread::yield_now();
                *number += 1;
            } else {
                let (left, right) = numbers.split_at_mut(numbers.len() / 2);
                coro::join(|| increment(left), || increment(right));
            }
        }
        let mut numbers: Vec<u32> = (0..64).collect();
        increment(&mut numbers);
        assert_eq!(numbers, (1..65).collect::<Vec<_>>());
    }

    #[coro::test]
    fn a_panic_goes_on_when_both_have_ended() {
        let ended = Cell::new(false);
        let end = || {
            thread::yield_now();
            ended.set(true);
        };
        assert_eq!(panic_of(|| coro::join(|| panic!("of a"), end)), "of a");
        assert!(ended.replace(false));
        assert_eq!(panic_of(|| coro::join(end, || panic!("of b"))), "of b");
        assert!(ended.get());
        let both = || {
            coro::join(
                || {
                    thread::yield_now();
                    panic!("of a")
                },
                || panic!("of b"),
            )
        };
        assert_eq!(panic_of::<((), ())>(both), "of a");
    }

    #[coro::test]
    fn a_second_half_that_is_killed_leaves_no_result() {
        let half = RefCell::new(None);
        let text = panic_of(|| {
            coro::join(
                || {
                    thread::yield_now();
                    half.take().map(|half: thread::Thread| half.kill())
                },
                || {
                    half.replace(Some(thread::current()));
                    thread::park();
                },
            )
        });
        assert!(
            text.contains("a result is missing: thread") && text.contains("was killed"),
            "{text}"
        );
    }

    #[coro::test(start_paused)]
    fn an_interrupt_ends_both() {
        let drops = Drops::default();
        let wait = || {
            let _canary = drops.canary();
            thread::sleep(HOUR);
        };
        assert!(coro::timeout(MILLISECOND, || coro::join(wait, wait)).is_err());
        assert!(coro::timeout(MILLISECOND, || coro::join(|| (), wait)).is_err());
        assert_eq!(drops.made(), 3);
        drops.expect_none_alive();
    }

    #[test]
    fn a_kill_at_each_suspension() {
        kth::kill_at_each("join", |drops| {
            let half = || {
                let canary = drops.canary();
                thread::yield_now();
                thread::sleep(MILLISECOND);
                canary
            };
            let (a, (b, c)) = coro::join(half, || coro::join(half, half));
            [a, b, c].iter().for_each(coro_tests::canary::Canary::check);
        });
    }

    #[test]
    fn outside_any_loop_it_runs_one_for_both() {
        let (sender, receiver) = coro::channel::bounded(0);
        let (sent, received) = coro::join(
            move || (0..3).all(|number| sender.send(number).is_ok()),
            move || receiver.iter().collect::<Vec<_>>(),
        );
        assert_eq!((sent, received), (true, vec![0, 1, 2]));
        assert!(thread::Builder::new().spawn(|| ()).is_err(), "the loop has ended with it");
    }

    #[test]
    fn a_panic_outside_any_loop_goes_on_when_both_have_ended() {
        let ended = Cell::new(false);
        let text = panic_of(|| {
            coro::join(
                || panic!("on the left"),
                || {
                    thread::yield_now();
                    ended.set(true);
                },
            )
        });
        assert_eq!((text.as_str(), ended.get()), ("on the left", true));
    }
}

mod map_bounded {
    use super::*;

    #[coro::test(seeds = 100)]
    fn results_are_in_the_order_of_the_items() {
        let (live, most) = (Cell::new(0), Cell::new(0));
        let results = thread::map_bounded(0..20_usize, 3, |n| {
            live.set(live.get() + 1);
            most.set(most.get().max(live.get()));
            for _ in 0..n % 5 {
                thread::yield_now();
            }
            live.set(live.get() - 1);
            n * n
        });
        assert_eq!(results, (0..20).map(|n| n * n).collect::<Vec<_>>());
        assert_eq!((live.get(), most.get()), (0, 3));
    }

    #[coro::test]
    fn items_may_be_borrowed_and_limits_large() {
        let words = ["to", "be", "or"].map(String::from);
        assert_eq!(thread::map_bounded(&words, usize::MAX, |word| word.len()), [2, 2, 2]);
        let mut numbers = [1, 2, 3];
        thread::map_bounded(&mut numbers, 1, |number| *number *= 2);
        assert_eq!(numbers, [2, 4, 6]);
        assert!(thread::map_bounded([0; 0], 1, |n| n).is_empty());
    }

    #[coro::test(start_paused)]
    fn the_next_begins_when_one_has_ended() {
        let start = coro::time::now();
        let begun = thread::map_bounded([3, 1, 1, 1, 2], 2, |seconds| {
            let begun = coro::time::now() - start;
            thread::sleep(std::time::Duration::from_secs(seconds));
            begun.as_secs()
        });
        assert_eq!(begun, [0, 0, 1, 2, 3]);
    }

    #[coro::test]
    fn an_iterator_may_wait_and_is_not_run_ahead_of() {
        let taken = Cell::new(0);
        let items = std::iter::from_fn(|| {
            thread::yield_now();
            taken.set(taken.get() + 1);
            (taken.get() <= 10).then(|| taken.get())
        });
        let results = thread::map_bounded(items, 2, |n| {
            assert!(taken.get() <= n + 3);
            thread::yield_now();
            n
        });
        assert_eq!(results, (1..=10).collect::<Vec<_>>());
    }

    #[coro::test]
    fn a_limit_of_0_is_refused() {
        let text = panic_of(|| thread::map_bounded([1], 0, |n| n));
        assert_eq!(
            text,
            "a map bounded to 0 threads would never begin; give a limit of at least 1"
        );
    }

    #[coro::test]
    fn after_a_panic_no_more_items_are_taken() {
        let (begun, ended) = (Cell::new(0), Cell::new(0));
        let text = panic_of(|| {
            thread::map_bounded(0.., 4, |n| {
                begun.set(begun.get() + 1);
                if n == 5 {
                    panic!("of item 5");
                }
                thread::yield_now();
                ended.set(ended.get() + 1);
            })
        });
        assert_eq!(text, "of item 5");
        assert_eq!(begun.get(), ended.get() + 1, "the others have come to their ends");
        assert!(begun.get() < 12);
        watch::until_alone();
    }

    #[coro::test]
    fn a_killed_item_leaves_no_result() {
        let text = panic_of(|| {
            thread::map_bounded(0..3, 2, |n| {
                if n == 1 {
                    thread::current().kill();
                }
                thread::yield_now();
            })
        });
        assert!(
            text.contains("a result is missing: thread") && text.contains("was killed"),
            "{text}"
        );
    }

    #[coro::test]
    fn a_panic_of_the_iterator_waits_for_the_threads() {
        let ended = Cell::new(0);
        let items = (0..4).map(|n| if n < 3 { n } else { panic!("of the iterator") });
        let text = panic_of(|| {
            thread::map_bounded(items, 9, |_| {
                thread::yield_now();
                ended.set(ended.get() + 1);
            })
        });
        assert_eq!((text.as_str(), ended.get()), ("of the iterator", 3));
    }

    #[coro::test(start_paused)]
    fn an_interrupt_ends_all() {
        let drops = Drops::default();
        let outcome = coro::timeout(MILLISECOND, || {
            thread::map_bounded(0..10, 3, |_| {
                let _canary = drops.canary();
                thread::sleep(HOUR);
            })
        });
        assert!(outcome.is_err());
        assert_eq!(drops.made(), 3);
        drops.expect_none_alive();
    }

    #[test]
    fn a_kill_at_each_suspension() {
        kth::kill_at_each("map_bounded", |drops| {
            let items: Vec<_> = (0..6).map(|_| drops.canary()).collect();
            let results = thread::map_bounded(items, 2, |item| {
                let canary = drops.canary();
                thread::sleep(MILLISECOND);
                item.check();
                canary
            });
            assert_eq!(results.len(), 6);
        });
    }

    #[coro::test]
    fn maps_in_maps() {
        let table = thread::map_bounded(0..5, 2, |y| {
            thread::map_bounded(0..5, 3, |x| {
                thread::yield_now();
                x * y
            })
        });
        assert_eq!(table[4], [0, 4, 8, 12, 16]);
    }
}
