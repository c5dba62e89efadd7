//! Raw coroutines inside threads: they wait, their whole chain parks meanwhile, and interrupts of the thread reach them.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use coro::coroutine::{self, Coroutine, CoroutineState, Yielder};
use coro::sync::Mutex;
use coro::{Cond, thread};
use coro_tests::canary::Drops;
use coro_tests::sockets;

use crate::support::{HOUR, MILLISECOND, child, watch};

use CoroutineState::{Complete, Yielded};

/// Something to raise.
#[derive(Debug, PartialEq)]
struct Stop(u32);

/// A coroutine inside a coroutine, with a canary in each; the inner one does `wait`.
fn nested<R: 'static>(drops: &Drops, wait: impl FnOnce() -> R + 'static) -> Coroutine<(), (), R> {
    let (outer_canary, inner_canary) = (drops.canary(), drops.canary());
    Coroutine::new(move |_: &Yielder<(), ()>, ()| {
        let inner = Coroutine::new(move |_: &Yielder<(), ()>, ()| {
            let result = wait();
            inner_canary.check();
            result
        });
        let Complete(result) = inner.resume(()).unwrap() else { unreachable!("it yields nothing") };
        outer_canary.check();
        result
    })
}

/// Resumes a coroutine that yields nothing to its end.
fn finish<R>(c: &Coroutine<(), (), R>) -> R {
    match c.resume(()).unwrap() {
        Complete(result) => result,
        Yielded(()) => unreachable!("it yields nothing"),
    }
}

/// Spawns a thread and lets it run until it waits.
fn spawn<T: 'static>(f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    let handle = thread::Builder::new().name("target".into()).spawn(f).unwrap();
    thread::yield_now();
    handle
}

mod waits {
    use super::*;

    /// Runs `wait` inside nested coroutines of a thread; while that is parked, `help` runs on main.
    fn check<R: PartialEq + std::fmt::Debug + 'static>(
        wait: impl FnOnce() -> R + 'static,
        help: impl FnOnce(),
        expected: R,
    ) {
        let drops = Drops::default();
        let waiter = spawn({
            let drops = drops.clone();
            move || finish(&nested(&drops, wait))
        });
        assert_eq!(drops.dropped(), 0, "the chain is parked");
        help();
        assert_eq!(waiter.join().unwrap(), expected);
        drops.expect_none_alive();
    }

    #[coro::test(start_paused)]
    fn sleep() {
        let start = coro::time::now();
        check(|| thread::sleep(HOUR), || {}, ());
        assert_eq!(coro::time::now() - start, HOUR);
    }

    #[coro::test]
    fn socket() {
        let (mut near, mut far) = sockets::pair().unwrap();
        let read = move || {
            let mut byte = [0];
            near.read_exact(&mut byte).unwrap();
            byte[0]
        };
        check(read, move || far.write_all(b"x").unwrap(), b'x');
    }

    #[coro::test]
    fn join() {
        let other = thread::spawn(|| {
            thread::park();
            5
        });
        let handle = other.thread().clone();
        check(|| other.join().unwrap(), move || handle.unpark(), 5);
    }

    #[coro::test]
    fn mutex() {
        let mutex = Rc::new(Mutex::new(1));
        let guard = mutex.lock().unwrap();
        let held = mutex.clone();
        check(move || *held.lock().unwrap(), move || drop(guard), 1);
    }

    #[coro::test]
    fn cond() {
        let cond = Rc::new(Cond::new());
        let waited = cond.clone();
        check(move || waited.wait(), move || cond.wake_one(7).unwrap(), 7);
    }

    #[coro::test(start_paused)]
    fn timeout() {
        let wait = || coro::timeout(MILLISECOND, thread::park).is_err();
        check(wait, || {}, true);
    }

    #[coro::test]
    fn yield_now() {
        check(thread::yield_now, thread::yield_now, ());
    }

    #[coro::test(start_paused)]
    fn main_may_wait_in_one_too() {
        let drops = Drops::default();
        let other = thread::spawn(|| thread::sleep(HOUR / 2));
        finish(&nested(&drops, || thread::sleep(HOUR)));
        assert!(other.is_finished());
        other.join().unwrap();
        drops.expect_none_alive();
    }

    #[test]
    fn outside_any_loop_the_os_thread_blocks() {
        let drops = Drops::default();
        assert_eq!(
            finish(&nested(&drops, || {
                thread::sleep(MILLISECOND);
                let (mut near, mut far) = sockets::pair().unwrap();
                far.write_all(b"x").unwrap();
                let mut byte = [0];
                near.read_exact(&mut byte).unwrap();
                byte[0]
            })),
            b'x'
        );
        drops.expect_none_alive();
    }
}

mod sharing {
    use super::*;

    #[coro::test]
    fn one_in_a_parked_chain_gives_the_value_back() {
        let inner = Rc::new(Coroutine::<u32, u32, u32>::new(|_: &Yielder<u32, u32>, n| {
            thread::park();
            n
        }));
        let outer = Rc::new(Coroutine::<u32, u32, u32>::new({
            let inner = inner.clone();
            move |_: &Yielder<u32, u32>, n| match inner.resume(n).unwrap() {
                Complete(n) => n + 1,
                Yielded(_) => unreachable!("it yields nothing"),
            }
        }));
        let parked = spawn({
            let outer = outer.clone();
            move || outer.resume(5).unwrap()
        });
        for one in [&inner, &outer] {
            let error = one.resume(7).unwrap_err();
            assert!(error.is_parked(), "{error}");
            assert_eq!(error.into_value(), Some(7));
            assert!(one.raise(Stop(1)).unwrap_err().is_parked());
        }
        parked.thread().unpark();
        assert_eq!(parked.join().unwrap(), Complete(6));
    }

    #[coro::test]
    fn one_in_a_parked_chain_is_killed_when_that_goes_on() {
        let drops = Drops::default();
        let canary = drops.canary();
        let c = Rc::new(Coroutine::<(), (), ()>::new(move |cx: &Yielder<(), ()>, ()| {
            canary.check();
            thread::park();
            cx.suspend(());
            unreachable!("it was killed while its thread was parked");
        }));
        let parked = spawn({
            let c = c.clone();
            move || c.resume(()).unwrap_err().is_killed()
        });
        c.kill().unwrap();
        assert!(!c.is_done());
        parked.thread().unpark();
        assert!(parked.join().unwrap());
        drops.expect_none_alive();
    }

    #[coro::test]
    fn threads_take_turns_with_one_coroutine() {
        let sum = Rc::new(Coroutine::<u32, u32, ()>::new(|cx: &Yielder<u32, u32>, mut n| {
            let mut sum = 0;
            loop {
                sum += n;
                n = cx.suspend(sum);
            }
        }));
        let seen: Rc<RefCell<Vec<u32>>> = Rc::default();
        let add = |n| {
            let (sum, seen) = (sum.clone(), seen.clone());
            move || {
                for _ in 0..3 {
                    let Yielded(now) = sum.resume(n).unwrap() else {
                        unreachable!("it is endless")
                    };
                    seen.borrow_mut().push(now);
                    thread::yield_now();
                }
            }
        };
        let threads = [thread::spawn(add(1)), thread::spawn(add(10))];
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(seen.take(), [1, 11, 12, 22, 23, 33]);
    }

    #[coro::test(start_paused)]
    fn others_run_while_a_chain_is_parked() {
        let order: Rc<RefCell<Vec<u32>>> = Rc::default();
        let sleeper = |millis: u32| {
            let order = order.clone();
            thread::spawn(move || {
                let drops = Drops::default();
                finish(&nested(&drops, move || thread::sleep(MILLISECOND * millis)));
                order.borrow_mut().push(millis);
            })
        };
        let sleepers = [sleeper(3), sleeper(1), sleeper(2)];
        for sleeper in sleepers {
            sleeper.join().unwrap();
        }
        assert_eq!(order.take(), [1, 2, 3]);
    }

    #[coro::test]
    fn a_yielder_that_a_scoped_thread_borrows_panics_there() {
        let c = Coroutine::<u32, u32, u32>::new(|cx: &Yielder<u32, u32>, n| {
            let cx = AssertUnwindSafe(cx);
            let message = thread::scope(|scope| {
                let borrower = scope.spawn(|| {
                    let caught = coro::panic::catch_unwind(|| suspend_quietly(&cx));
                    caught.unwrap_err().downcast_ref::<String>().cloned()
                });
                borrower.join().unwrap().unwrap()
            });
            assert!(
                message.contains("cannot suspend: this code does not run on its stack"),
                "{message}"
            );
            cx.suspend(n + 1)
        });
        assert_eq!(c.resume(1).unwrap(), Yielded(2));
        assert_eq!(c.resume(7).unwrap(), Complete(7));
    }

    fn suspend_quietly(cx: &Yielder<u32, u32>) -> u32 {
        cx.suspend(0)
    }
}

mod interrupts {
    use super::*;

    #[coro::test]
    fn a_kill_of_the_thread_unwinds_the_whole_chain() {
        let drops = Drops::default();
        let victim = spawn({
            let drops = drops.clone();
            move || finish(&nested(&drops, thread::park))
        });
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        drops.expect_none_alive();
    }

    #[coro::test]
    fn a_raise_is_caught_by_the_base() {
        let drops = Drops::default();
        let victim = spawn({
            let drops = drops.clone();
            move || {
                let c = nested(&drops, thread::park);
                let caught = coro::catch::<Stop, _>(|| finish(&c));
                assert!(c.is_done());
                caught
            }
        });
        victim.raise(Stop(3));
        assert_eq!(victim.join().unwrap(), Err(Stop(3)));
        drops.expect_none_alive();
    }

    #[coro::test]
    fn a_raise_is_caught_inside() {
        let drops = Drops::default();
        let victim = spawn({
            let drops = drops.clone();
            move || finish(&nested(&drops, || coro::catch::<Stop, _>(thread::park)))
        });
        victim.raise(Stop(3));
        assert_eq!(victim.join().unwrap(), Err(Stop(3)));
        drops.expect_none_alive();
    }

    #[coro::test(start_paused)]
    fn a_timeout_around_the_resume_unwinds_the_chain() {
        let drops = Drops::default();
        let c = nested(&drops, thread::park);
        assert!(coro::timeout(MILLISECOND, || finish(&c)).is_err());
        assert!(c.is_done());
        drops.expect_none_alive();
    }

    #[coro::test(start_paused)]
    fn a_timeout_inside_goes_on_across_a_suspension() {
        let c = Coroutine::<(), u32, bool>::new(|cx: &Yielder<(), u32>, ()| {
            coro::timeout(HOUR, || {
                cx.suspend(1);
                thread::park();
            })
            .is_err()
        });
        let start = coro::time::now();
        assert_eq!(c.resume(()).unwrap(), Yielded(1));
        thread::sleep(HOUR / 2);
        assert_eq!(c.resume(()).unwrap(), Complete(true));
        assert_eq!(coro::time::now() - start, HOUR);
    }

    #[coro::test(start_paused)]
    fn a_timeout_that_expires_while_it_is_suspended_arrives_in_whoever_resumes_it() {
        let c = Rc::new(Coroutine::<(), u32, bool>::new(|cx: &Yielder<(), u32>, ()| {
            coro::timeout(HOUR, || {
                cx.suspend(1);
                thread::sleep(HOUR);
            })
            .is_err()
        }));
        let first = thread::spawn({
            let c = c.clone();
            move || c.resume(()).unwrap()
        });
        assert_eq!(first.join().unwrap(), Yielded(1));
        thread::sleep(HOUR * 2);
        let second = thread::spawn(move || {
            let start = coro::time::now();
            let outcome = c.resume(()).unwrap();
            (outcome, coro::time::now() - start)
        });
        let (outcome, waited) = second.join().unwrap();
        assert_eq!(outcome, Complete(true));
        assert!(waited.is_zero());
        // The frame is gone from both threads, and main's own waits are as ever.
        thread::sleep(HOUR);
    }

    #[coro::test]
    fn a_shield_inside_goes_along_and_leaves_the_first_thread_open() {
        let c = Rc::new(Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
            coro::shield(|| {
                cx.suspend(());
                thread::park();
            });
            thread::park();
            unreachable!("the kill arrives when the shield has ended");
        }));
        let first = spawn({
            let c = c.clone();
            move || {
                c.resume(()).unwrap();
                thread::park();
            }
        });
        first.kill();
        assert!(first.join().unwrap_err().is_killed(), "the shield is not this thread's");
        let second = spawn({
            let c = c.clone();
            move || c.resume(())
        });
        second.kill();
        thread::yield_now();
        assert!(!second.is_finished(), "it brought its shield along");
        second.thread().unpark();
        assert!(second.join().unwrap_err().is_killed());
        assert!(c.is_done());
    }

    #[coro::test]
    fn a_kill_of_the_thread_is_sticky_in_a_coroutine_that_swallows_it() {
        let swallowed = Rc::new(Cell::new(0));
        let victim = spawn({
            let swallowed = swallowed.clone();
            move || {
                let c = Coroutine::<(), (), ()>::new(move |_: &Yielder<(), ()>, ()| {
                    for _ in 0..3 {
                        assert!(catch_unwind(thread::park).is_err());
                        swallowed.set(swallowed.get() + 1);
                    }
                });
                c.resume(()).unwrap();
                thread::park();
            }
        });
        victim.kill();
        assert!(victim.join().unwrap_err().is_killed());
        assert_eq!(swallowed.get(), 3);
    }

    #[coro::test]
    fn a_suspended_one_does_not_see_the_end_of_the_thread_that_resumed_it() {
        let c = Rc::new(Coroutine::<u32, u32, ()>::new(|cx: &Yielder<u32, u32>, mut n| {
            loop {
                n = cx.suspend(n + 1);
            }
        }));
        let first = spawn({
            let c = c.clone();
            move || {
                assert_eq!(c.resume(1).unwrap(), Yielded(2));
                thread::park();
            }
        });
        first.kill();
        assert!(first.join().unwrap_err().is_killed());
        assert_eq!(c.resume(2).unwrap(), Yielded(3));
    }

    #[coro::test]
    fn main_goes_to_the_base_of_the_thread_that_runs() {
        let c = Rc::new(Coroutine::<u32, u32, ()>::new(|_: &Yielder<u32, u32>, mut n| {
            loop {
                n = coroutine::main(n + 1).unwrap();
            }
        }));
        let other = thread::spawn({
            let c = c.clone();
            move || c.resume(1).unwrap()
        });
        assert_eq!(other.join().unwrap(), Yielded(2));
        assert_eq!(c.resume(5).unwrap(), Yielded(6));
    }
}

#[test]
fn a_parked_chain_ends_with_its_loop() {
    let drops = Drops::default();
    coro::run(|| {
        let drops = drops.clone();
        // Nobody joins it: the end of the loop kills it.
        drop(spawn(move || finish(&nested(&drops, thread::park))));
    });
    drops.expect_none_alive();
}

#[test]
fn one_that_unwinds_for_ever_does_not_keep_its_loop() {
    let ended = child::run(|| {
        let drops = Drops::default();
        coro::run(|| {
            let canary = drops.canary();
            let c = Coroutine::<(), (), ()>::new(move |cx: &Yielder<(), ()>, ()| {
                let _slow = SuspendsInDrop(cx);
                canary.check();
                cx.suspend(());
            });
            c.resume(()).unwrap();
            c.kill().unwrap();
            assert!(!c.is_done());
            std::mem::forget(c);
        });
        assert_eq!(drops.dropped(), 0, "its stack is left alone for ever");
    });
    ended.expect_silent_success();
}

/// Suspends when it is dropped.
struct SuspendsInDrop<'a>(&'a Yielder<(), ()>);

impl Drop for SuspendsInDrop<'_> {
    fn drop(&mut self) {
        self.0.suspend(());
    }
}

#[coro::test]
fn a_chain_parks_by_the_name_of_its_thread() {
    let drops = Drops::default();
    let waiter = spawn({
        let drops = drops.clone();
        move || finish(&nested(&drops, thread::park))
    });
    assert!(watch::doing("target").is_some(), "reports know the thread");
    waiter.thread().unpark();
    waiter.join().unwrap();
    drops.expect_none_alive();
}
