//! What interrupts mean: who gets them, when, in which order, and what holds them back.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use coro::sync::Mutex;
use coro::thread;
use coro_tests::canary::{Canary, Drops};
use coro_tests::sockets;

use crate::support::{HOUR, MILLISECOND, child, watch};

/// Something to raise.
#[derive(Debug, PartialEq)]
struct Stop(u32);

/// Something else to raise.
#[derive(Debug, PartialEq)]
struct Reload;

/// Runs a closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Spawns a thread under the name "target" and lets it run until it is parked or ready.
fn target<T: 'static>(f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    let builder = thread::Builder::new().name("target".into());
    let target = builder.spawn(f).unwrap();
    thread::yield_now();
    target
}

mod kill {
    use super::*;

    #[coro::test]
    fn it_comes_back_as_often_as_it_is_swallowed() {
        let swallowed = Rc::new(Cell::new(0));
        let victim = target({
            let swallowed = swallowed.clone();
            move || {
                for _ in 0..10 {
                    assert!(catch_unwind(thread::park).is_err());
                    swallowed.set(swallowed.get() + 1);
                }
                thread::park();
                unreachable!("a killed thread does not wait");
            }
        });
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(swallowed.get(), 10);
    }

    #[coro::test]
    fn it_does_not_reach_code_that_never_waits() {
        let victim = target(|| {
            thread::yield_now();
            7
        });
        let other = target(|| {
            assert!(catch_unwind(thread::park).is_err());
            7
        });
        other.kill();
        assert_eq!(other.join().unwrap(), 7);
        assert_eq!(victim.join().unwrap(), 7);
    }

    #[coro::test]
    fn a_thread_that_has_not_run_drops_what_it_captured_on_itself() {
        let dropped_by = Rc::new(Cell::new(None));
        let captured = OnDrop({
            let dropped_by = dropped_by.clone();
            move || {
                thread::sleep(MILLISECOND);
                thread::yield_now();
                dropped_by.set(Some(thread::current().id()));
            }
        });
        let ran = Rc::new(Cell::new(false));
        let victim = thread::spawn({
            let ran = ran.clone();
            move || {
                let _captured = captured;
                ran.set(true);
            }
        });
        let id = victim.thread().id();
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(dropped_by.get(), Some(id));
        assert!(!ran.get());
    }

    #[coro::test]
    fn a_thread_that_has_ended_ignores_it() {
        let ended = target(|| 7);
        ended.kill();
        ended.kill();
        assert_eq!(ended.join().unwrap(), 7);
    }

    #[coro::test]
    fn it_may_come_from_another_os_thread() {
        let drops = Drops::default();
        for _ in 0..100 {
            let canary = drops.canary();
            let victim = target(move || {
                let _canary = canary;
                thread::park();
            });
            let name = victim.thread().clone();
            std::thread::spawn(move || name.kill()).join().unwrap();
            assert!(victim.join().unwrap_err().is_killed());
        }
        drops.expect_none_alive();
    }

    #[coro::test]
    fn it_may_come_from_oneself() {
        let victim = target(|| {
            thread::current().kill();
            thread::current().kill();
            thread::yield_now();
            unreachable!("a killed thread does not yield");
        });
        assert!(victim.join().unwrap_err().is_killed());
    }

    #[test]
    fn it_prints_nothing() {
        let ended = child::run(|| {
            coro::run(|| {
                let parked = target(thread::park);
                let fresh = thread::spawn(thread::park);
                let raised = target(thread::park);
                parked.kill();
                fresh.kill();
                raised.raise(Stop(1));
                assert!(parked.join().is_err());
                assert!(fresh.join().is_err());
                assert!(raised.join().is_err());
                assert!(coro::timeout(MILLISECOND, thread::park).is_err());
                target(thread::park);
            });
        });
        ended.expect_silent_success();
    }

    #[coro::test]
    fn a_panic_while_captured_values_are_dropped_ends_there() {
        let captured = OnDrop(|| panic!("from a destructor"));
        let victim = thread::spawn(move || drop(captured));
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
    }
}

mod raise {
    use super::*;

    #[coro::test]
    fn they_arrive_one_by_one_in_the_order_in_which_they_were_sent() {
        let victim = target(|| {
            let mut seen = Vec::new();
            while seen.len() < 3 {
                if let Err(Stop(number)) = coro::catch(thread::park) {
                    seen.push(number);
                }
            }
            seen
        });
        for number in [3, 1, 2] {
            victim.raise(Stop(number));
        }
        assert_eq!(victim.join().unwrap(), [3, 1, 2]);
    }

    #[coro::test]
    fn a_catch_takes_its_own_type_only() {
        let victim = target(|| {
            let outer = coro::catch::<Stop, _>(|| {
                let inner = coro::catch::<Reload, _>(thread::park);
                unreachable!("the inner catch took {inner:?}");
            });
            assert_eq!(outer.unwrap_err(), Stop(7));
            let inner = coro::catch::<Stop, _>(|| coro::catch::<Reload, _>(thread::park));
            assert_eq!(inner.unwrap(), Err(Reload));
        });
        victim.raise(Stop(7));
        thread::yield_now();
        victim.raise(Reload);
        victim.join().unwrap();
    }

    #[coro::test]
    fn a_catch_lets_panics_kills_and_timeouts_pass() {
        let killed = target(|| coro::catch::<Stop, _>(thread::park));
        killed.kill();
        assert!(killed.join().unwrap_err().is_killed());
        let panicked = target(|| coro::catch::<&str, _>(|| panic!("no raise")));
        assert!(panicked.join().unwrap_err().is_panic());
        let late = coro::timeout(MILLISECOND, || coro::catch::<Stop, _>(thread::park));
        assert!(late.is_err());
    }

    #[coro::test]
    fn what_is_not_caught_is_in_the_join_error() {
        let victim = target(thread::park);
        victim.raise(Stop(7));
        let error = victim.join().unwrap_err();
        assert!(error.is_raised() && !error.is_killed() && !error.is_panic());
        assert!(error.is::<Stop>() && !error.is::<Reload>());
        assert_eq!(error.to_string(), "thread 'target' was raised at and did not catch it");
        assert_eq!(*error.downcast::<Stop>().unwrap(), Stop(7));
    }

    #[coro::test]
    fn a_thread_that_has_ended_drops_it() {
        let drops = Drops::default();
        let ended = target(|| ());
        ended.raise(drops.canary());
        drops.expect_none_alive();
        let (name, canary) = (ended.thread().clone(), drops.canary());
        std::thread::spawn(move || name.raise(canary)).join().unwrap();
        ended.join().unwrap();
        watch::until("it is dropped", || drops.dropped() == 2);
        watch::until_alone();
    }

    #[test]
    fn a_loop_that_has_ended_drops_it() {
        let drops = Drops::default();
        let name = coro::run(|| thread::spawn(|| ()).thread().clone());
        name.raise(drops.canary());
        drops.expect_none_alive();
    }

    #[coro::test]
    fn a_kill_goes_first_and_the_raise_is_dropped() {
        let drops = Drops::default();
        let victim = target(|| coro::catch::<Canary, _>(thread::park));
        victim.raise(drops.canary());
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        watch::until("it is dropped", || drops.dropped() == 1);
    }

    #[coro::test]
    fn a_thread_that_has_not_run_gets_it_at_its_first_wait() {
        let victim = thread::spawn(|| coro::catch::<Stop, _>(thread::park));
        victim.raise(Stop(7));
        assert_eq!(victim.join().unwrap(), Err(Stop(7)));
    }

    #[coro::test]
    fn what_is_never_delivered_is_dropped_by_a_thread() {
        struct Payload(Canary);
        impl Drop for Payload {
            fn drop(&mut self) {
                // A destructor may wait; that needs a thread.
                thread::yield_now();
                thread::sleep(MILLISECOND);
                self.0.check();
            }
        }
        let drops = Drops::default();
        let victim = target(|| coro::shield(thread::park));
        victim.raise(Payload(drops.canary()));
        victim.thread().unpark();
        victim.join().unwrap();
        watch::until("it is dropped", || drops.dropped() == 1);
        watch::until_alone();
    }

    #[coro::test]
    fn a_payload_whose_destructor_panics_does_not_reach_the_loop() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("from the destructor of a payload");
            }
        }
        // Raised, and nobody asks for the outcome.
        let detached = target(thread::park);
        detached.raise(Bomb);
        drop(detached);
        watch::until_alone();
        // Raised, and never delivered.
        let shielded = target(|| coro::shield(thread::park));
        shielded.raise(Bomb);
        shielded.thread().unpark();
        shielded.join().unwrap();
        watch::until_alone();
        // Raised from elsewhere, at a thread that has ended.
        let ended = target(|| ());
        let name = ended.thread().clone();
        std::thread::spawn(move || name.raise(Bomb)).join().unwrap();
        ended.join().unwrap();
        watch::until_alone();
        // Raised here, at a thread that has ended: it is the raiser's again.
        let ended = target(|| ());
        assert!(catch_unwind(AssertUnwindSafe(|| ended.raise(Bomb))).is_err());
        ended.join().unwrap();
    }
}

mod timeout {
    use super::*;

    #[coro::test(start_paused)]
    fn which_of_two_expires() {
        /// Which limits, in hours, and what comes of them.
        struct Case {
            outer: u32,
            inner: u32,
            sleep: u32,
            expected: Result<Result<(), &'static str>, &'static str>,
            /// When it is over.
            at: u32,
        }
        let cases = [
            (3, 2, 1, Ok(Ok(())), 1),
            (3, 1, 2, Ok(Err("inner")), 1),
            (1, 3, 2, Err("outer"), 1),
            (1, 1, 2, Err("outer"), 1),
            (0, 0, 1, Err("outer"), 0),
        ];
        for (outer, inner, sleep, expected, at) in cases {
            let case = Case { outer, inner, sleep, expected, at };
            let start = coro::time::now();
            let outcome = coro::timeout(HOUR * case.outer, || {
                coro::timeout(HOUR * case.inner, || thread::sleep(HOUR * case.sleep))
            });
            let told = outcome.map(|inner| inner.map_err(|_| "inner")).map_err(|_| "outer");
            assert_eq!(told, case.expected);
            assert_eq!(coro::time::now() - start, HOUR * case.at);
        }
    }

    #[coro::test(start_paused)]
    fn a_value_counts_even_if_the_time_is_up() {
        let late = coro::timeout(HOUR, || coro::shield(|| thread::sleep(HOUR * 2)));
        assert_eq!(late, Ok(()));
        // The limit has gone with its call.
        thread::sleep(HOUR);
    }

    #[coro::test(start_paused)]
    fn it_comes_again_until_its_call_is_left() {
        let swallowed = Cell::new(0);
        let outcome = coro::timeout(HOUR, || {
            for _ in 0..5 {
                assert!(catch_unwind(|| thread::sleep(HOUR * 2)).is_err());
                swallowed.set(swallowed.get() + 1);
            }
            thread::yield_now();
        });
        assert!(outcome.is_err());
        assert_eq!(swallowed.get(), 5);
        thread::yield_now();
    }

    #[coro::test(start_paused)]
    fn it_works_inside_a_shield() {
        let start = coro::time::now();
        coro::shield(|| {
            assert!(coro::timeout(HOUR, thread::park).is_err());
        });
        assert_eq!(coro::time::now() - start, HOUR);
    }

    #[coro::test(start_paused)]
    fn a_shield_inside_holds_it_back() {
        let start = coro::time::now();
        let reached = Cell::new(0);
        let outcome = coro::timeout(HOUR, || {
            coro::shield(|| {
                thread::sleep(HOUR * 2);
                reached.set(1);
            });
            reached.set(2);
            thread::yield_now();
            reached.set(3);
        });
        assert!(outcome.is_err());
        assert_eq!((reached.get(), coro::time::now() - start), (2, HOUR * 2));
    }

    #[coro::test(start_paused)]
    fn a_kill_passes_through() {
        let victim = target(|| {
            let _ = coro::timeout(HOUR, thread::park);
            unreachable!("a kill goes to the root");
        });
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
    }

    #[coro::test(start_paused)]
    fn the_longest_limit_is_none() {
        let start = coro::time::now();
        assert!(coro::timeout(Duration::MAX, || thread::sleep(HOUR)).is_ok());
        assert_eq!(coro::time::now() - start, HOUR);
    }

    #[coro::test(start_paused)]
    fn it_becomes_an_io_error() {
        let error: io::Error = coro::timeout(HOUR, thread::park).unwrap_err().into();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "the time limit has passed");
    }

    #[coro::test(start_paused)]
    fn a_thousand_nest() {
        fn nest(depth: u32) -> u32 {
            if depth == 0 {
                thread::park();
                unreachable!("nobody unparks it");
            }
            match coro::timeout(HOUR * depth, || nest(depth - 1)) {
                Ok(count) => count + 1,
                Err(_) => 1,
            }
        }
        let builder = thread::Builder::new().stack_size(8 << 20);
        let nested = builder.spawn(|| nest(1000)).unwrap();
        assert_eq!(nested.join().unwrap(), 1000);
    }
}

mod shield {
    use super::*;

    #[coro::test]
    fn it_holds_back_and_then_delivers() {
        type Send = fn(&thread::JoinHandle<()>);
        let sends: [Send; 2] = [|thread| thread.kill(), |thread| thread.raise(Stop(1))];
        for send in sends {
            let steps = Rc::new(Cell::new(0));
            let victim = target({
                let steps = steps.clone();
                move || {
                    coro::shield(|| {
                        coro::shield(thread::park);
                        steps.set(1);
                        thread::park();
                        steps.set(2);
                    });
                    steps.set(3);
                    thread::park();
                    unreachable!("the interrupt is due");
                }
            });
            send(&victim);
            thread::yield_now();
            assert_eq!(steps.get(), 0);
            victim.thread().unpark();
            thread::yield_now();
            assert_eq!(steps.get(), 1);
            victim.thread().unpark();
            let error = victim.join().unwrap_err();
            assert!(error.is_killed() || error.is_raised());
            assert_eq!(steps.get(), 3);
        }
    }

    #[coro::test]
    fn it_ends_when_it_is_unwound() {
        let victim = target(|| {
            let _ = catch_unwind(|| coro::shield(|| panic!("inside")));
            thread::park();
        });
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
    }
}

mod unwinding {
    use super::*;

    /// Kills a thread that has `destructor` on its stack.
    fn kill_with(destructor: impl FnMut() + 'static) -> thread::JoinHandle<()> {
        let victim = target(move || {
            let _guard = OnDrop(destructor);
            thread::park();
        });
        victim.kill();
        victim
    }

    #[coro::test(start_paused)]
    fn waits_that_cannot_fail_wait() {
        let start = coro::time::now();
        let (mutex, steps) = (Rc::new(Mutex::new(0)), Rc::new(Cell::new(0)));
        let guard = mutex.lock().unwrap();
        let victim = kill_with({
            let (mutex, steps) = (mutex.clone(), steps.clone());
            move || {
                assert!(thread::panicking());
                thread::sleep(HOUR);
                steps.set(1);
                thread::yield_now();
                *mutex.lock().unwrap() += 1;
                steps.set(2);
                thread::spawn(|| ()).join().unwrap();
                assert!(coro::timeout(MILLISECOND, || 7) == Ok(7));
                thread::park_timeout(HOUR);
                steps.set(3);
            }
        });
        watch::until_parked("target", "the end of its sleep");
        victim.kill();
        victim.raise(Stop(1));
        thread::sleep(HOUR * 2);
        assert_eq!(steps.get(), 1);
        victim.kill();
        drop(guard);
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(steps.get(), 3);
        assert_eq!(coro::time::now() - start, HOUR * 3);
        assert_eq!(*mutex.lock().unwrap(), 1, "the mutex is not poisoned");
        // What was raised meanwhile is dropped by a thread of its own.
        watch::until_alone();
    }

    #[coro::test]
    fn waits_that_can_fail_try_once_and_fail() {
        let (reader, writer) = sockets::pair().unwrap();
        let outcomes = Rc::new(RefCell::new(Vec::new()));
        let victim = kill_with({
            let outcomes = outcomes.clone();
            move || {
                let mut byte = [0];
                let outcome = (&reader).read(&mut byte);
                outcomes.borrow_mut().push(outcome.map_err(|error| {
                    let text = "the thread is unwinding, so this operation cannot wait";
                    assert_eq!(error.to_string(), text);
                    error.kind()
                }));
                io::Write::write_all(&mut &writer, b"x").unwrap();
                let outcome = (&reader).read(&mut byte);
                outcomes.borrow_mut().push(outcome.map_err(|error| error.kind()));
                let listener = coro::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
                assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::Other);
            }
        });
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(outcomes.take(), [Err(ErrorKind::Other), Ok(1)]);
    }

    #[coro::test(start_paused)]
    fn others_are_not_taken_for_unwinding() {
        let mutex = Rc::new(Mutex::new(()));
        let (reader, _writer) = sockets::pair().unwrap();
        let victim = kill_with(|| thread::sleep(HOUR));
        watch::until_parked("target", "the end of its sleep");
        assert!(!thread::panicking());
        drop(mutex.lock().unwrap());
        assert!(!mutex.is_poisoned());
        // A read waits as ever, and an interrupt reaches it.
        let outcome = coro::timeout(MILLISECOND, || (&reader).read(&mut [0]).map_err(drop));
        assert!(outcome.is_err());
        // A real unwind is still seen.
        let holder = mutex.clone();
        let other = thread::spawn(move || {
            let _guard = holder.lock().unwrap();
            thread::park();
        });
        thread::yield_now();
        other.kill();
        assert!(other.join().unwrap_err().is_killed());
        assert!(mutex.is_poisoned());
        assert!(!thread::panicking());
        assert!(victim.join().unwrap_err().is_killed());
    }

    #[coro::test(start_paused)]
    fn who_has_swallowed_an_unwind_is_not_taken_for_unwinding() {
        let mutex = Rc::new(Mutex::new(()));
        let survivor = thread::spawn({
            let mutex = mutex.clone();
            move || {
                assert!(catch_unwind(thread::park).is_err());
                let guard = mutex.lock().unwrap();
                thread::park();
                assert!(!thread::panicking());
                drop(guard);
            }
        });
        thread::yield_now();
        survivor.raise(Stop(1));
        thread::yield_now();
        let victim = kill_with(|| thread::sleep(HOUR));
        watch::until_parked("target", "the end of its sleep");
        survivor.thread().unpark();
        survivor.join().unwrap();
        assert!(!mutex.is_poisoned());
        assert!(victim.join().unwrap_err().is_killed());
    }

    #[coro::test(start_paused)]
    fn many_unwind_at_once() {
        let drops = Drops::default();
        let victims: Vec<_> = (0..100)
            .map(|number| {
                let canary = drops.canary();
                thread::spawn(move || {
                    let _slow = OnDrop(move || {
                        canary.check();
                        thread::sleep(MILLISECOND * (number * 37 % 100));
                        let swallowed = catch_unwind(|| panic!("in a destructor"));
                        assert!(swallowed.is_err());
                        thread::yield_now();
                        assert!(thread::panicking());
                    });
                    thread::park();
                })
            })
            .collect();
        thread::yield_now();
        victims.iter().for_each(thread::JoinHandle::kill);
        for victim in victims {
            assert!(victim.join().unwrap_err().is_killed());
        }
        assert!(!thread::panicking() && !std::thread::panicking());
        drops.expect_none_alive();
    }
}

mod scope {
    use super::*;

    /// Spawns a thread whose scope has two threads, one of them parked and one asleep; all hold canaries.
    fn family(drops: &Drops, parent: impl Fn() + 'static) -> thread::JoinHandle<()> {
        let drops = drops.clone();
        target(move || {
            let borrowed = drops.canary();
            thread::scope(|scope| {
                for wait in [thread::park, || thread::sleep(HOUR)] {
                    let (borrowed, own) = (&borrowed, drops.canary());
                    scope.spawn(move || {
                        let _look = OnDrop(|| {
                            thread::yield_now();
                            borrowed.check();
                            own.check();
                        });
                        wait();
                    });
                }
                parent();
            });
        })
    }

    #[coro::test(start_paused)]
    fn an_interrupt_kills_its_threads_and_goes_on() {
        let parents: [fn(); 2] = [|| (), thread::park];
        for parent in parents {
            for raise in [true, false] {
                let drops = Drops::default();
                let victim = family(&drops, parent);
                thread::yield_now();
                if raise {
                    victim.raise(Stop(1));
                } else {
                    victim.kill();
                }
                assert_eq!(victim.join().unwrap_err().is_raised(), raise);
                watch::until_alone();
                drops.expect_none_alive();
            }
        }
    }

    #[coro::test(start_paused)]
    fn a_timeout_around_it_ends_it() {
        let drops = Drops::default();
        let outer = drops.clone();
        let outcome = coro::timeout(MILLISECOND, || {
            thread::scope(|scope| {
                let (borrowed, own) = (&outer, drops.canary());
                scope.spawn(move || {
                    let _own = own;
                    let _more = borrowed.canary();
                    thread::park();
                });
            });
        });
        assert!(outcome.is_err());
        drops.expect_none_alive();
        assert_eq!(drops.made(), 2);
    }

    #[coro::test(start_paused)]
    fn a_second_interrupt_while_it_waits_is_kept() {
        let victim = target(|| {
            let first = coro::catch::<Stop, _>(|| {
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let _slow = OnDrop(|| thread::sleep(HOUR));
                        thread::park();
                    });
                });
            });
            assert_eq!(first, Err(Stop(1)));
            coro::catch::<Stop, _>(thread::park)
        });
        thread::yield_now();
        victim.raise(Stop(1));
        thread::yield_now();
        victim.raise(Stop(2));
        assert_eq!(victim.join().unwrap(), Err(Stop(2)));
    }

    #[coro::test]
    fn a_panic_that_nobody_joined_goes_on_here() {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| panic!("of a scoped thread"));
            });
        }));
        let payload = outcome.unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"a scoped thread panicked"));
    }

    #[coro::test]
    fn a_panic_that_was_joined_does_not() {
        thread::scope(|scope| {
            let panics = scope.spawn(|| panic!("of a scoped thread"));
            assert!(panics.join().unwrap_err().is_panic());
            let killed = scope.spawn(thread::park);
            killed.kill();
        });
    }

    #[coro::test]
    fn its_own_panic_waits_for_its_threads() {
        let mut numbers = vec![0];
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(MILLISECOND);
                    numbers.push(1);
                });
                panic!("of the scope");
            });
        }));
        assert_eq!(outcome.unwrap_err().downcast_ref::<&str>(), Some(&"of the scope"));
        assert_eq!(numbers, [0, 1]);
    }

    #[coro::test]
    fn results_that_nobody_joined_are_dropped_inside() {
        let drops = Drops::default();
        thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| drops.canary());
            }
        });
        drops.expect_none_alive();
        assert_eq!(drops.made(), 10);
    }

    #[coro::test]
    fn threads_of_a_scope_spawn_more() {
        let count = Cell::new(0);
        thread::scope(|scope| {
            for _ in 0..10 {
                scope.spawn(|| {
                    thread::yield_now();
                    scope.spawn(|| {
                        thread::yield_now();
                        count.set(count.get() + 1);
                    });
                });
            }
        });
        assert_eq!(count.get(), 10);
    }

    #[coro::test]
    fn scopes_nest() {
        let mut grid = [[0; 8]; 8];
        thread::scope(|scope| {
            for (y, row) in grid.iter_mut().enumerate() {
                scope.spawn(move || {
                    thread::scope(|scope| {
                        for (x, cell) in row.iter_mut().enumerate() {
                            scope.spawn(move || {
                                thread::yield_now();
                                *cell = x * y;
                            });
                        }
                    });
                });
            }
        });
        let sum: usize = grid.iter().flatten().sum();
        assert_eq!(sum, 28 * 28);
    }
}
