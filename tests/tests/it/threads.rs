//! Spawning, joining, parking, yielding, and how a loop ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use coro::thread;
use coro_tests::canary::Drops;

use crate::support::{HOUR, MILLISECOND, child, watch};

mod parking {
    use super::*;

    #[coro::test]
    fn a_token_given_before_makes_one_park_return_at_once() {
        thread::current().unpark();
        thread::current().unpark();
        thread::park();
        let second = thread::spawn(thread::park);
        watch::until("it parks", || {
            coro::__private::leftovers().contains(": waits for an unpark;")
        });
        second.thread().unpark();
        second.join().unwrap();
    }

    #[coro::test(start_paused)]
    fn an_unpark_ends_the_park_it_finds() {
        let parker = thread::Builder::new().name("parker".into());
        let parker = parker.spawn(thread::park).unwrap();
        watch::until_parked("parker", "an unpark");
        parker.thread().unpark();
        parker.join().unwrap();
    }

    #[coro::test(start_paused)]
    fn park_timeout_ends_by_the_clock_or_by_a_token() {
        let start = coro::time::now();
        thread::park_timeout(HOUR);
        assert_eq!(coro::time::now() - start, HOUR);
        thread::current().unpark();
        thread::park_timeout(HOUR);
        thread::park_timeout(Duration::ZERO);
        assert_eq!(coro::time::now() - start, HOUR);
    }

    #[coro::test(start_paused)]
    fn other_wakes_do_not_end_a_park() {
        let parker = thread::Builder::new().name("parker".into());
        let ended = Rc::new(Cell::new(false));
        let parker = parker.spawn({
            let ended = ended.clone();
            move || {
                // Its wake-ups by other clauses are over when it parks.
                thread::sleep(MILLISECOND);
                thread::yield_now();
                thread::park();
                ended.set(true);
            }
        });
        thread::sleep(HOUR);
        assert!(!ended.get());
        let parker = parker.unwrap();
        parker.thread().unpark();
        parker.join().unwrap();
    }

    #[coro::test]
    fn no_token_from_an_os_thread_is_lost() {
        const ROUNDS: u32 = 10_000;
        let round = Arc::new(AtomicU32::new(0));
        let parker = thread::current();
        let other = std::thread::spawn({
            let round = round.clone();
            move || {
                for expected in 0..ROUNDS {
                    while round.load(Ordering::Acquire) != expected {
                        std::thread::park();
                    }
                    parker.unpark();
                }
            }
        });
        for next in 1..=ROUNDS {
            thread::park();
            round.store(next, Ordering::Release);
            other.thread().unpark();
        }
        other.join().unwrap();
    }

    #[coro::test]
    fn tokens_for_a_thread_that_has_ended_are_dropped() {
        let ended = thread::spawn(|| ());
        let name = ended.thread().clone();
        ended.join().unwrap();
        name.unpark();
        // Its successor in the table does not get it.
        let next = thread::Builder::new().name("next".into());
        let next = next.spawn(|| thread::park_timeout(MILLISECOND)).unwrap();
        name.unpark();
        watch::until_parked("next", "an unpark");
        name.unpark();
        assert_eq!(watch::doing("next").as_deref(), Some("an unpark"));
        next.join().unwrap();
    }
}

mod joining {
    use super::*;

    #[coro::test]
    fn gives_the_result_before_and_after_the_end() {
        let waits = thread::spawn(|| {
            thread::yield_now();
            1
        });
        assert_eq!(waits.join().unwrap(), 1);
        let ended = thread::spawn(|| 2);
        watch::until("it ends", || ended.is_finished());
        assert_eq!(ended.join().unwrap(), 2);
    }

    #[coro::test]
    fn is_finished_tells_the_end() {
        let thread = thread::spawn(thread::park);
        thread::yield_now();
        assert!(!thread.is_finished());
        thread.thread().unpark();
        thread::yield_now();
        assert!(thread.is_finished());
        thread.join().unwrap();
    }

    #[coro::test]
    fn works_from_an_os_thread() {
        let worker = thread::spawn(|| {
            thread::yield_now();
            String::from("result")
        });
        let main = thread::current();
        let os = std::thread::spawn(move || {
            let result = worker.join().unwrap();
            main.unpark();
            result
        });
        thread::park();
        assert_eq!(os.join().unwrap(), "result");
    }

    #[coro::test]
    fn works_from_another_loop() {
        let worker = thread::spawn(|| {
            thread::park();
            7
        });
        let (name, main) = (worker.thread().clone(), thread::current());
        let other_loop = std::thread::spawn(move || {
            let result = coro::run(|| {
                let joiner = thread::spawn(move || worker.join().unwrap());
                thread::yield_now();
                name.unpark();
                joiner.join().unwrap()
            });
            main.unpark();
            result
        });
        thread::park();
        assert_eq!(other_loop.join().unwrap(), 7);
    }

    #[coro::test]
    fn a_dropped_handle_detaches() {
        let ended = Rc::new(Cell::new(false));
        drop(thread::spawn({
            let ended = ended.clone();
            move || {
                thread::yield_now();
                ended.set(true);
            }
        }));
        watch::until("the detached thread ends", || ended.get());
    }

    #[coro::test]
    fn results_that_nobody_takes_are_dropped_once() {
        let drops = Drops::default();
        for join in [true, false] {
            let canary = drops.canary();
            let thread = thread::spawn(move || canary);
            if join {
                drop(thread.join().unwrap());
            }
            watch::until_alone();
        }
        let canary = drops.canary();
        let handle = thread::spawn(move || canary);
        watch::until_alone();
        assert_eq!(drops.dropped(), 2);
        drop(handle);
        drops.expect_none_alive();
    }

    #[coro::test]
    fn a_handle_outlives_its_loop() {
        let drops = Drops::default();
        let (canary, drops2) = (drops.canary(), drops.clone());
        let os = std::thread::spawn(move || {
            let (ended, killed) = coro::run(move || {
                let ended = thread::spawn(move || canary);
                thread::yield_now();
                let lost = drops2.canary();
                (
                    ended,
                    thread::spawn(move || {
                        let _canary = lost;
                        thread::park();
                    }),
                )
            });
            killed.kill();
            killed.thread().unpark();
            assert!(killed.join().unwrap_err().is_killed());
            drop(ended.join().unwrap());
        });
        os.join().unwrap();
        drops.expect_none_alive();
    }

    #[test]
    fn oneself_is_refused_with_a_clear_message() {
        let ended = child::run(|| {
            coro::run(|| {
                let slot: Rc<RefCell<Option<thread::JoinHandle<()>>>> = Rc::default();
                let inner = slot.clone();
                let builder = thread::Builder::new().name("narcissus".into());
                let handle = builder.spawn(move || inner.take().unwrap().join().unwrap());
                slot.replace(Some(handle.unwrap()));
                watch::until_alone();
            });
        });
        ended.expect_success();
        ended.expect_said(&["thread 'narcissus' cannot join itself"]);
    }
}

mod naming {
    use super::*;

    #[coro::test]
    fn threads_have_the_names_they_were_given() {
        #[coro::thread]
        fn annotated() -> Option<String> {
            thread::current().name().map(str::to_owned)
        }
        let name = || thread::current().name().map(str::to_owned);
        assert_eq!(thread::spawn(name).join().unwrap(), None);
        assert_eq!(annotated().spawn().join().unwrap().as_deref(), Some("annotated"));
        let other = annotated().named("other").spawn();
        assert_eq!(other.thread().name(), Some("other"));
        assert_eq!(other.join().unwrap().as_deref(), Some("other"));
        assert_eq!(name().as_deref(), Some("main"));
    }

    #[test]
    fn main_has_the_name_its_builder_gives() {
        let name = coro::Builder::new()
            .name("director")
            .run(|| thread::current().name().map(str::to_owned));
        assert_eq!(name.as_deref(), Some("director"));
    }

    #[coro::test]
    fn ids_are_unique_and_the_same_inside_and_outside() {
        let mut seen = std::collections::HashSet::new();
        assert!(seen.insert(thread::current().id()));
        for _ in 0..5_000 {
            let thread = thread::spawn(|| thread::current().id());
            let outside = thread.thread().id();
            assert_eq!(thread.join().unwrap(), outside);
            assert!(seen.insert(outside));
        }
    }
}

mod order {
    use super::*;

    /// In what order five threads do three turns each.
    fn turns() -> Vec<(u32, u32)> {
        let seen: Rc<RefCell<Vec<(u32, u32)>>> = Rc::default();
        let threads: Vec<_> = (0..5)
            .map(|thread| {
                let seen = seen.clone();
                thread::spawn(move || {
                    for turn in 0..3 {
                        seen.borrow_mut().push((turn, thread));
                        thread::yield_now();
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        seen.take()
    }

    #[coro::test]
    fn yields_go_round() {
        let expected: Vec<_> =
            (0..3).flat_map(|turn| (0..5).map(move |thread| (turn, thread))).collect();
        assert_eq!(turns(), expected);
    }

    #[test]
    fn the_same_seed_gives_the_same_order() {
        let order = |seed| coro::Builder::new().seed(seed).run(turns);
        let orders: Vec<_> = (0..20).map(order).collect();
        for (seed, expected) in orders.iter().enumerate() {
            assert_eq!(&order(seed as u64), expected, "seed {seed}");
        }
        let distinct: std::collections::HashSet<_> = orders.iter().collect();
        assert!(distinct.len() > 15, "{} orders", distinct.len());
    }

    #[coro::test]
    fn a_wake_up_puts_a_thread_behind_those_that_are_ready() {
        let seen: Rc<RefCell<Vec<u32>>> = Rc::default();
        let note = |number| {
            let seen = seen.clone();
            move || {
                thread::park();
                seen.borrow_mut().push(number);
            }
        };
        let threads: Vec<_> = (0..3).map(|number| thread::spawn(note(number))).collect();
        thread::yield_now();
        for number in [2, 0, 1] {
            threads[number].thread().unpark();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(seen.take(), [2, 0, 1]);
    }
}

mod misuse {
    use super::*;

    #[test]
    fn spawning_outside_a_loop_is_an_error_that_says_what_to_do() {
        let error = thread::Builder::new().spawn(|| ()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
        let expected = "no coro loop runs on this OS thread; call coro::run, or annotate main with #[coro::main]";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    #[should_panic(expected = "failed to spawn a thread: no coro loop runs on this OS thread")]
    fn spawning_outside_a_loop_panics_like_std() {
        thread::spawn(|| ());
    }

    #[coro::test]
    #[should_panic(expected = "a coro loop runs on this OS thread already")]
    fn a_nested_run_is_refused() {
        coro::run(|| ());
    }

    #[coro::test]
    fn a_nested_run_in_a_thread_ends_that_thread() {
        let error = thread::spawn(|| coro::run(|| ())).join().unwrap_err();
        assert!(error.is_panic());
        assert!(error.to_string().contains("a coro loop runs on this OS thread already"));
    }

    #[test]
    fn runs_one_after_the_other_are_fine() {
        for round in 0..100 {
            assert_eq!(coro::run(|| thread::spawn(move || round).join().unwrap()), round);
        }
    }

    #[test]
    #[should_panic(expected = "failed to begin a timeout: no coro loop runs on this OS thread")]
    fn a_timeout_outside_a_loop_is_refused() {
        let _ = coro::timeout(MILLISECOND, || ());
    }

    #[test]
    #[should_panic(expected = "is an OS thread outside any loop and cannot be killed")]
    fn an_os_thread_cannot_be_killed() {
        thread::current().kill();
    }

    #[coro::test]
    fn stack_sizes_out_of_range_are_refused_with_the_number() {
        for size in [0, 1, 4096, 16 * 1024 - 1, usize::MAX, usize::MAX / 2 + 2] {
            let error = thread::Builder::new().stack_size(size).spawn(|| ()).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&size.to_string()), "{error}");
        }
        let largest = thread::Builder::new().stack_size(1 << 50).spawn(|| ());
        assert_eq!(largest.unwrap_err().kind(), std::io::ErrorKind::OutOfMemory);
    }

    #[coro::test]
    fn stacks_have_at_least_the_size_asked_for() {
        /// Goes deeper until the stack has grown by so many bytes.
        fn dig(start: usize, bytes: usize) -> usize {
            let frame = std::hint::black_box([0u8; 64]);
            let here = &raw const frame as usize;
            if start - here >= bytes {
                return 1;
            }
            1 + std::hint::black_box(dig(start, bytes))
        }
        for size in [16 * 1024, 20_000, 64 * 1024, 1 << 20, 8 << 20] {
            let builder = thread::Builder::new().stack_size(size);
            let digger = builder.spawn(move || {
                let top = &raw const size as usize;
                // What lies above and below the digging takes some of it, too.
                dig(top, size - 6 * 1024)
            });
            assert!(digger.unwrap().join().unwrap() > 10);
        }
    }
}

mod many {
    use super::*;

    #[coro::test]
    fn twenty_thousand_threads_at_once() {
        const COUNT: usize = 20_000;
        let gate = Rc::new(crate::support::sites::Gate::default());
        let arrived = Rc::new(Cell::new(0));
        let threads: Vec<_> = (0..COUNT)
            .map(|number| {
                let (gate, arrived) = (gate.clone(), arrived.clone());
                thread::spawn(move || {
                    let on_stack = std::hint::black_box([number; 8]);
                    arrived.set(arrived.get() + 1);
                    gate.pass(0);
                    on_stack.iter().sum::<usize>()
                })
            })
            .collect();
        watch::until("all are there", || arrived.get() == COUNT);
        gate.open();
        for (number, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap(), number * 8);
        }
    }

    #[coro::test]
    fn threads_spawn_threads() {
        fn tree(depth: u32) -> u32 {
            if depth == 0 {
                return 1;
            }
            let left = thread::spawn(move || tree(depth - 1));
            let right = thread::spawn(move || tree(depth - 1));
            left.join().unwrap() + right.join().unwrap()
        }
        assert_eq!(tree(10), 1024);
    }
}

mod local_values {
    use super::*;

    #[coro::test]
    fn rc_and_borrows_of_cells_stay_valid_across_waits() {
        let shared = Rc::new(RefCell::new(vec![0]));
        let threads: Vec<_> = (1..=10)
            .map(|number| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let last = shared.borrow().len();
                    thread::yield_now();
                    shared.borrow_mut().push(number);
                    thread::sleep(MILLISECOND);
                    assert!(shared.borrow().len() > last);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(Rc::strong_count(&shared), 1);
        assert_eq!(shared.take().len(), 11);
    }

    #[coro::test]
    fn thread_locals_belong_to_the_os_thread() {
        thread_local! {
            static COUNT: Cell<u32> = const { Cell::new(0) };
        }
        let threads: Vec<_> = (0..10)
            .map(|_| {
                thread::spawn(|| {
                    COUNT.with(|count| {
                        thread::yield_now();
                        count.set(count.get() + 1);
                    });
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(COUNT.get(), 10);
    }

    #[coro::test]
    fn a_thread_never_leaves_its_os_thread() {
        let home = std::thread::current().id();
        let threads: Vec<_> = (0..10)
            .map(|_| {
                thread::spawn(move || {
                    for _ in 0..10 {
                        thread::sleep(Duration::from_micros(50));
                        assert_eq!(std::thread::current().id(), home);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

mod ending {
    use super::*;

    #[test]
    fn main_waits_for_those_it_kills() {
        let drops = Drops::default();
        coro::run(|| {
            for _ in 0..100 {
                let canary = drops.canary();
                thread::spawn(move || {
                    let _canary = canary;
                    thread::park();
                });
            }
            thread::yield_now();
            // These have not started.
            for _ in 0..100 {
                let canary = drops.canary();
                thread::spawn(move || canary.check());
            }
        });
        drops.expect_none_alive();
        assert_eq!(drops.made(), 200);
    }

    #[test]
    fn destructors_may_wait_after_main_has_returned() {
        struct Slow(Rc<Cell<u32>>);
        impl Drop for Slow {
            fn drop(&mut self) {
                thread::sleep(MILLISECOND);
                thread::yield_now();
                self.0.set(self.0.get() + 1);
            }
        }
        let dropped = Rc::new(Cell::new(0));
        coro::run(|| {
            for started in [true, false] {
                let slow = Slow(dropped.clone());
                thread::spawn(move || {
                    let _slow = slow;
                    thread::park();
                });
                if started {
                    thread::yield_now();
                }
            }
        });
        assert_eq!(dropped.get(), 2);
    }

    #[test]
    fn threads_spawned_while_the_loop_ends_are_killed_too() {
        struct Spawner(Rc<Cell<u32>>, u32, Drops);
        impl Drop for Spawner {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
                if self.1 > 0 {
                    let next = Spawner(self.0.clone(), self.1 - 1, self.2.clone());
                    let canary = self.2.canary();
                    thread::spawn(move || {
                        let _next = next;
                        let _canary = canary;
                        thread::park();
                    });
                }
            }
        }
        let (dropped, drops) = (Rc::new(Cell::new(0)), Drops::default());
        coro::run(|| {
            let first = Spawner(dropped.clone(), 50, drops.clone());
            thread::spawn(move || {
                let _first = first;
                thread::park();
            });
            thread::yield_now();
        });
        assert_eq!(dropped.get(), 51);
        drops.expect_none_alive();
    }

    #[test]
    fn a_shielded_thread_ends_its_shield_first() {
        let finished = Rc::new(Cell::new(false));
        coro::run(|| {
            let finished = finished.clone();
            thread::spawn(move || {
                coro::shield(|| {
                    thread::sleep(MILLISECOND);
                    finished.set(true);
                });
                thread::park();
            });
            thread::yield_now();
        });
        assert!(finished.get());
    }

    #[test]
    fn a_value_may_be_borrowed_by_main() {
        let mut numbers = vec![1, 2, 3];
        let length = coro::run(|| {
            numbers.push(4);
            numbers.len()
        });
        assert_eq!((length, numbers), (4, vec![1, 2, 3, 4]));
    }

    #[test]
    fn a_stuck_thread_is_named_and_the_process_aborts() {
        let ended = child::run(|| {
            let builder = coro::Builder::new().shutdown_grace(Duration::from_millis(50));
            builder.run(|| {
                let stuck = thread::Builder::new().name("stubborn".into());
                let forever = || coro::shield(|| thread::sleep(Duration::MAX));
                stuck.spawn(forever).unwrap();
                thread::yield_now();
            });
        });
        let said = "1 coro threads did not end within 50ms";
        ended.expect_abort_saying(&[
            said,
            "'stubborn', spawned at ",
            ": waits for the end of its sleep",
        ]);
    }

    #[test]
    fn a_kill_of_main_is_reported_after_the_others_have_ended() {
        let drops = Drops::default();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            coro::run(|| {
                let canary = drops.canary();
                thread::spawn(move || {
                    let _canary = canary;
                    thread::park();
                });
                let main = thread::current();
                thread::spawn(move || main.kill());
                thread::park();
            });
        }));
        let payload = outcome.unwrap_err();
        let text = payload.downcast_ref::<&str>().copied();
        assert_eq!(text, Some("the main thread was killed"));
        drops.expect_none_alive();
    }
}

mod os_threads {
    use super::*;

    #[test]
    fn outside_a_loop_the_calls_act_on_the_os_thread() {
        thread::current().unpark();
        thread::park();
        let start = std::time::Instant::now();
        thread::sleep(MILLISECOND);
        thread::park_timeout(MILLISECOND);
        thread::yield_now();
        assert!(start.elapsed() >= MILLISECOND);
        assert!(!thread::panicking());
    }

    #[test]
    fn many_loops_run_side_by_side() {
        let count = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = mpsc::channel();
        let loops: Vec<_> = (0..8)
            .map(|_| {
                let (count, sender) = (count.clone(), sender.clone());
                std::thread::spawn(move || {
                    coro::run(|| {
                        sender.send(thread::current()).unwrap();
                        thread::park();
                        let add = || {
                            let count = count.clone();
                            thread::spawn(move || count.fetch_add(1, Ordering::Relaxed))
                        };
                        let threads: Vec<_> = (0..100).map(|_| add()).collect();
                        for thread in threads {
                            thread.join().unwrap();
                        }
                    });
                })
            })
            .collect();
        for main in receiver.iter().take(8) {
            main.unpark();
        }
        for each in loops {
            each.join().unwrap();
        }
        assert_eq!(count.load(Ordering::Relaxed), 800);
    }
}
