//! `Once`, `OnceLock` and `LazyLock`: one run for everybody, poisoning, interrupts, and other OS threads.

use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use coro::__private::{Planned, Test, kill_at_suspension};
use coro::CoroutineState::Complete;
use coro::coroutine::Coroutine;
use coro::panic::catch_unwind;
use coro::sync::{Arc, LazyLock, Once, OnceLock};
use coro::{Yielder, thread};
use coro_tests::canary::Drops;

use crate::support::spread::{spread, spread_with_kills};
use crate::support::{HOUR, MILLISECOND, MINUTE, watch};
use crate::sync::{join_all, queue_up};

const OTHERS_RUN: &str = "an initialisation by another thread";

/// Unwinds without a message.
fn fail<T>() -> T {
    std::panic::panic_any(Planned)
}

/// What the panic of `f` said.
fn message_of<T>(f: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(std::panic::AssertUnwindSafe(f)).map(drop).unwrap_err();
    *payload.downcast::<String>().unwrap()
}

mod call {
    use super::*;

    #[coro::test(seeds = 100)]
    fn it_is_run_by_one_while_the_others_wait() {
        let once = Rc::new(Once::new());
        let runs = Rc::new(Cell::new(0));
        let threads = (0..10).map(|number| {
            let (once, runs) = (once.clone(), runs.clone());
            thread::spawn(move || {
                let run = || {
                    runs.set(runs.get() + 1);
                    (0..number).for_each(|_| thread::yield_now());
                    assert_eq!(runs.replace(runs.get() + 100), 1);
                };
                match number % 4 {
                    0 => once.wait(),
                    1 => once.wait_force(),
                    2 => once.call_once(run),
                    _ => once.call_once_force(|state| {
                        assert!(!state.is_poisoned());
                        run();
                    }),
                }
                assert_eq!(runs.get(), 101);
                assert!(once.is_completed());
            })
        });
        join_all(threads.collect());
    }

    #[coro::test]
    fn a_run_that_is_killed_poisons_and_the_waiters_panic() {
        let once = Rc::new(Once::new());
        let runner = thread::spawn({
            let once = once.clone();
            move || once.call_once(thread::park)
        });
        thread::yield_now();
        let waiters = queue_up(4, OTHERS_RUN, {
            let once = once.clone();
            move |number| match number {
                0 => message_of(|| once.call_once(|| unreachable!())),
                1 => message_of(|| once.wait()),
                2 => {
                    once.wait_force();
                    String::new()
                }
                _ => {
                    once.call_once_force(|state| assert!(state.is_poisoned()));
                    String::new()
                }
            }
        });
        runner.kill();
        assert!(runner.join().unwrap_err().is_killed());
        let said = "this Once is poisoned: its initialiser panicked or was interrupted; \
                    keep interrupts away with coro::shield";
        assert_eq!(join_all(waiters), [said, said, "", ""]);
        assert!(once.is_completed());
        once.call_once(|| unreachable!());
    }

    #[coro::test]
    fn a_panic_poisons_until_a_forced_run_mends_it() {
        let once = Once::new();
        assert!(catch_unwind(|| once.call_once(fail)).is_err());
        assert!(!once.is_completed());
        assert!(message_of(|| once.call_once(|| unreachable!())).contains("is poisoned"));
        assert!(message_of(|| once.wait()).contains("is poisoned"));
        let forced = catch_unwind(|| {
            once.call_once_force(|state| {
                assert_eq!(format!("{state:?}"), "OnceState { poisoned: true }");
                fail::<()>();
            });
        });
        assert!(forced.is_err());
        once.call_once_force(|state| assert!(state.is_poisoned()));
        once.wait();
        once.call_once_force(|_| unreachable!());
    }

    #[coro::test(start_paused)]
    fn a_timeout_ends_a_wait_and_poisons_a_run() {
        let once = Rc::new(Once::new());
        assert!(coro::timeout(MILLISECOND, || once.wait()).is_err());
        assert!(coro::timeout(MILLISECOND, || once.wait_force()).is_err());
        let runner = thread::spawn({
            let once = once.clone();
            move || coro::timeout(HOUR, || once.call_once(thread::park))
        });
        thread::yield_now();
        assert!(coro::timeout(MILLISECOND, || once.call_once(|| unreachable!())).is_err());
        assert!(runner.join().unwrap().is_err());
        assert!(message_of(|| once.wait()).contains("is poisoned"));
    }

    #[coro::test]
    fn a_shielded_run_is_not_poisoned() {
        let once = Rc::new(Once::new());
        let runner = thread::spawn({
            let once = once.clone();
            move || coro::shield(|| once.call_once(thread::park))
        });
        thread::yield_now();
        runner.kill();
        runner.thread().unpark();
        // The kill came too late to find a suspension.
        runner.join().unwrap();
        once.wait();
    }

    #[test]
    fn a_run_that_asks_for_its_own_end_panics() {
        const SAID: &str = "the initialiser of this Once asks for what it is to make";
        let ask = || {
            for again in [Once::wait, Once::wait_force, |once: &Once| once.call_once(|| ())] {
                let once = Once::new();
                once.call_once(|| assert_eq!(message_of(|| again(&once)), SAID));
                assert!(once.is_completed());
            }
        };
        ask();
        coro::run(ask);
        coro::run(|| thread::spawn(ask).join().unwrap());
    }

    #[test]
    fn so_does_one_that_asks_in_a_coroutine_which_it_has_resumed() {
        let ask = || {
            let once = Rc::new(Once::new());
            once.call_once(|| {
                let asked = once.clone();
                let inner = move |_: &Yielder<(), ()>, ()| message_of(|| asked.wait());
                let outer = Coroutine::new(move |_: &Yielder<(), ()>, ()| {
                    Coroutine::new(inner).resume(()).unwrap()
                });
                let Complete(Complete(said)) = outer.resume(()).unwrap() else { unreachable!() };
                assert!(said.contains("asks for what it is to make"), "{said}");
            });
            assert!(once.is_completed());
        };
        ask();
        coro::run(ask);
        coro::run(|| thread::spawn(ask).join().unwrap());
    }

    #[test]
    fn outside_any_loop_a_coroutine_is_its_os_thread() {
        let once = Rc::new(Once::new());
        let coroutine = Coroutine::new({
            let once = once.clone();
            move |cx: &Yielder<(), ()>, ()| once.call_once(|| cx.suspend(()))
        });
        coroutine.resume(()).unwrap();
        // Nobody else could resume it.
        assert!(message_of(|| once.wait()).contains("asks for what it is to make"));
        coroutine.resume(()).unwrap();
        once.wait();
    }

    #[coro::test]
    fn a_coroutine_and_its_thread_are_two() {
        let once = Rc::new(Once::new());
        let coroutine = Coroutine::new({
            let once = once.clone();
            move |cx: &Yielder<(), ()>, ()| {
                once.call_once(|| {
                    assert!(message_of(|| once.wait()).contains("asks for what it is to make"));
                    cx.suspend(());
                });
            }
        });
        coroutine.resume(()).unwrap();
        // The thread may wait for the coroutine, for somebody else could resume it.
        assert!(coro::timeout(MILLISECOND, || once.wait()).is_err());
        coroutine.resume(()).unwrap();
        once.wait();
    }
}

mod once_lock {
    use super::*;

    #[coro::test(seeds = 100)]
    fn an_initialiser_that_unwinds_leaves_it_to_the_next() {
        let cell = Rc::new(OnceLock::new());
        let tries = Rc::new(Cell::new(0));
        let threads: Vec<_> = (0..10)
            .map(|number| {
                let (cell, tries) = (cell.clone(), tries.clone());
                thread::spawn(move || {
                    *cell.get_or_init(|| {
                        tries.set(tries.get() + 1);
                        let mine = tries.get();
                        thread::yield_now();
                        assert_eq!(tries.get(), mine, "two initialisers at once");
                        match mine {
                            1 | 3 => fail(),
                            2 => {
                                thread::current().kill();
                                thread::yield_now();
                                unreachable!("the kill is due")
                            }
                            _ => number,
                        }
                    })
                })
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(thread::JoinHandle::join).collect();
        let value = *cell.get().unwrap();
        assert_eq!(results.iter().filter(|result| result.is_err()).count(), 3);
        assert!(results.into_iter().flatten().all(|seen| seen == value));
        assert_eq!(tries.get(), 4);
    }

    #[coro::test]
    fn a_set_waits_for_an_initialiser_and_gives_the_value_back() {
        let cell = Rc::new(OnceLock::new());
        let runner = thread::spawn({
            let cell = cell.clone();
            move || *cell.get_or_init(|| (thread::park(), 1).1)
        });
        thread::yield_now();
        assert_eq!(cell.get(), None);
        let setters = queue_up(2, OTHERS_RUN, move |number| match number {
            0 => cell.set(2),
            _ => Err(*cell.wait()),
        });
        runner.thread().unpark();
        assert_eq!(join_all(setters), [Err(2), Err(1)]);
        assert_eq!(runner.join().unwrap(), 1);
    }

    #[coro::test]
    fn a_set_that_is_killed_while_it_waits_drops_the_value() {
        let drops = Drops::default();
        let cell = Rc::new(OnceLock::new());
        let runner = thread::spawn({
            let (cell, canary) = (cell.clone(), drops.canary());
            move || cell.get_or_init(|| (thread::park(), canary).1).check()
        });
        thread::yield_now();
        let setter = queue_up(1, OTHERS_RUN, {
            let (cell, drops) = (cell.clone(), drops.clone());
            move |_| cell.set(drops.canary()).is_ok()
        });
        setter[0].kill();
        watch::until("the setter ends", || setter[0].is_finished());
        assert_eq!((drops.made(), drops.dropped()), (2, 1));
        runner.thread().unpark();
        runner.join().unwrap();
        cell.get().unwrap().check();
        drop((setter, cell));
        drops.expect_none_alive();
    }

    #[test]
    fn an_initialiser_that_asks_for_the_value_panics() {
        let said = "the initialiser of this OnceLock asks for what it is to make";
        let cell = OnceLock::new();
        cell.get_or_init(|| {
            assert_eq!(cell.get(), None);
            assert_eq!(message_of(|| *cell.get_or_init(|| 1)), said);
            assert_eq!(message_of(|| cell.set(1)), said);
            assert_eq!(message_of(|| *cell.wait()), said);
            2
        });
        assert_eq!(cell.get(), Some(&2));
    }

    #[test]
    fn loops_and_os_threads_share_them() {
        const EACH: u32 = 25_000;
        let cells: Arc<Vec<OnceLock<u32>>> =
            Arc::new((0..EACH / 5).map(|_| OnceLock::new()).collect());
        let made = Arc::new(AtomicU32::new(0));
        spread(EACH, {
            let made = made.clone();
            move |round| {
                let number = round % (EACH / 5);
                let cell = &cells[number as usize];
                let value = match round % 3 {
                    0 => cell.get_or_init(|| (made.fetch_add(1, Ordering::Relaxed), number).1),
                    _ => cell.get_or_init(|| {
                        thread::yield_now();
                        made.fetch_add(1, Ordering::Relaxed);
                        number
                    }),
                };
                assert_eq!(*value, number);
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), EACH / 5);
    }

    #[test]
    fn loops_and_os_threads_share_them_while_threads_are_killed() {
        const COUNT: u32 = 10_000;
        let cells: Arc<Vec<OnceLock<u32>>> =
            Arc::new((0..COUNT).map(|_| OnceLock::new()).collect());
        spread_with_kills(COUNT, 2_000, {
            let cells = cells.clone();
            move |round| {
                // A killed initialiser leaves the cell empty, for somebody who waits for it to fill.
                let number = round % COUNT;
                let value = cells[number as usize].get_or_init(|| {
                    thread::yield_now();
                    number
                });
                assert_eq!(*value, number);
            }
        });
        assert!(cells.iter().enumerate().all(|(at, cell)| cell.get() == Some(&(at as u32))));
    }

    #[test]
    fn its_face_is_std_s() {
        fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
        let mut cell = OnceLock::new();
        everywhere(&cell);
        assert_eq!(format!("{cell:?}"), "OnceLock(<uninit>)");
        assert_eq!(cell.get_mut(), None);
        assert_eq!(cell.take(), None);
        assert_eq!(cell.clone(), OnceLock::default());
        cell.set(1).unwrap();
        assert_eq!(format!("{cell:?}"), "OnceLock(1)");
        assert_eq!(cell, OnceLock::from(1));
        assert_eq!(cell.clone().into_inner(), Some(1));
        assert_eq!(cell.clone().set(2), Err(2));
        *cell.get_mut().unwrap() = 3;
        assert_eq!((cell.take(), cell.get()), (Some(3), None));
        assert_eq!(*cell.get_or_init(|| 4), 4);
    }
}

mod lazy_lock {
    use super::*;

    #[coro::test(seeds = 100)]
    fn it_is_made_by_the_first_while_the_others_wait() {
        let runs = Cell::new(0);
        let lazy = Rc::new(LazyLock::new(move || {
            runs.set(runs.get() + 1);
            (0..5).for_each(|_| thread::yield_now());
            runs.get()
        }));
        let threads = (0..10).map(|_| {
            let lazy = lazy.clone();
            thread::spawn(move || **lazy)
        });
        assert_eq!(join_all(threads.collect()), [1; 10]);
    }

    #[coro::test]
    fn a_kill_of_the_first_poisons_for_good() {
        let lazy = Rc::new(LazyLock::new(thread::park));
        let first = thread::spawn({
            let lazy = lazy.clone();
            move || **lazy
        });
        thread::yield_now();
        let waiting = queue_up(1, OTHERS_RUN, {
            let lazy = lazy.clone();
            move |_| message_of(|| **lazy)
        });
        first.kill();
        assert!(first.join().unwrap_err().is_killed());
        let said = "this LazyLock is poisoned: its initialiser panicked or was interrupted; \
                    keep interrupts away with coro::shield";
        assert_eq!(join_all(waiting), [said]);
        assert_eq!(message_of(|| **lazy), said);
        assert_eq!(LazyLock::get(&lazy), None);
        assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
    }

    #[test]
    fn a_function_that_asks_for_the_value_panics() {
        thread_local! {
            static LAZY: LazyLock<u32> = LazyLock::new(|| {
                let said = message_of(|| LAZY.with(|lazy| **lazy));
                assert_eq!(said, "the initialiser of this LazyLock asks for what it is to make");
                7
            });
        }
        assert_eq!(LAZY.with(|lazy| **lazy), 7);
    }

    #[test]
    fn what_it_holds_is_dropped_once() {
        let drops = Drops::default();
        let canary = drops.canary();
        drop(LazyLock::new(move || canary));
        drops.expect_none_alive();
        let canary = drops.canary();
        let lazy = LazyLock::new(move || canary);
        lazy.check();
        assert_eq!(drops.dropped(), 1);
        drop(lazy);
        drops.expect_none_alive();
    }

    #[test]
    fn its_face_is_std_s() {
        fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
        static LENGTH: LazyLock<usize> = LazyLock::new(|| "text".len());
        everywhere(&LENGTH);
        assert_eq!(*LENGTH, 4);
        let mut lazy = LazyLock::new(|| 1);
        assert_eq!(LazyLock::get_mut(&mut lazy), None);
        *lazy += 1;
        *LazyLock::force_mut(&mut lazy) += 1;
        *LazyLock::get_mut(&mut lazy).unwrap() += 1;
        assert_eq!((LazyLock::force(&lazy), format!("{lazy:?}")), (&4, "LazyLock(4)".to_owned()));
        assert_eq!(*LazyLock::<u8>::default(), 0);
    }
}

#[test]
fn a_kill_at_every_suspension_leaves_the_turn_to_the_next() {
    for k in 1..=20 {
        for when_parked in [false, true] {
            let config = Test::new("kill").seeds(10).timeout(MINUTE);
            config.run(|| {
                let cells: Rc<Vec<OnceLock<usize>>> =
                    Rc::new((0..40).map(|_| OnceLock::new()).collect());
                let visit = move |number: usize| {
                    let value = cells[number].get_or_init(|| {
                        thread::yield_now();
                        number
                    });
                    assert_eq!(*value, number);
                };
                let victim = thread::spawn({
                    let visit = visit.clone();
                    move || {
                        kill_at_suspension(k, when_parked);
                        (0..40).for_each(visit);
                        loop {
                            thread::yield_now();
                        }
                    }
                });
                let others = (0..4).map(|_| {
                    let visit = visit.clone();
                    thread::spawn(move || (0..40).for_each(visit))
                });
                join_all(others.collect());
                assert!(victim.join().unwrap_err().is_killed());
            });
        }
    }
}

#[test]
fn the_faces_of_once_and_its_state_are_std_s() {
    fn everywhere<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    fn sent<T: Send + UnwindSafe>(_: &T) {}
    static ONCE: Once = Once::new();
    everywhere(&ONCE);
    assert_eq!(format!("{ONCE:?}"), "Once { .. }");
    ONCE.call_once_force(|state| {
        sent(state);
        assert_eq!(format!("{state:?}"), "OnceState { poisoned: false }");
    });
    #[expect(deprecated, reason = "it is there for old programs")]
    let once = coro::sync::ONCE_INIT;
    let order = RefCell::new(Vec::new());
    once.call_once(|| order.borrow_mut().push(1));
    once.call_once(|| order.borrow_mut().push(2));
    assert_eq!(order.take(), [1]);
}
