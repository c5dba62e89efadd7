//! Raw coroutines: who gets control, who gets which value, and what happens to those that are refused, killed, dropped,
//! forgotten, or caught in the middle of something.
//!
//! `coroutine_waits` has what they do inside threads: waiting, and being interrupted there. Random sequences of all this
//! are compared with a model by the `turns` binary.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use coro::__private::Planned;
use coro::coroutine::{self, AnyCoroutine, Coroutine, CoroutineState, Target, Yielder};
use coro_tests::canary::Drops;
use coro_tests::process;

use crate::support::child;

use CoroutineState::{Complete, Yielded};

/// Something to raise.
#[derive(Debug, PartialEq)]
struct Stop(u32);

/// Runs a closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A coroutine that gives out all that it is given, plus one, and holds a canary meanwhile.
fn counting(drops: &Drops) -> Coroutine<u32, u32, ()> {
    let canary = drops.canary();
    Coroutine::new(move |cx: &Yielder<u32, u32>, mut n| {
        loop {
            n = cx.suspend(n + 1);
            canary.check();
        }
    })
}

/// A place for what is seen, in order.
#[derive(Clone, Debug, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    #[track_caller]
    fn expect(&self, lines: &[&str]) {
        assert_eq!(self.0.take(), lines);
    }
}

/// A coroutine that others share, once it is made.
type Shared<In, Out, R> = Rc<RefCell<Option<Rc<Coroutine<In, Out, R>>>>>;

/// A place for a name that is known only when others were made.
type Later<T> = Rc<Cell<Option<Target<T>>>>;

fn known<T>(later: &Later<T>) -> Target<T> {
    later.get().expect("the name was put there")
}

mod manual {
    use super::*;

    #[test]
    fn my_coro() {
        let c = Coroutine::new(|_: &Yielder<u32, u32>, n: u32| {
            coroutine::main::<u32, u32>(n + 10).expect("main waits for a number");
        });
        assert_eq!(c.resume(34).unwrap(), Yielded(44));
    }

    #[test]
    fn counter() {
        let c = Coroutine::<(), u32, ()>::new(|_: &Yielder<(), u32>, ()| {
            let mut i = 0_u32;
            loop {
                i += 1;
                let () = coroutine::main(i).expect("main waits for a number");
            }
        });
        for expected in [1, 2, 3, 4] {
            assert_eq!(c.resume(()).unwrap(), Yielded(expected));
        }
    }

    #[test]
    fn current_is_none_in_main() {
        assert_eq!(coroutine::current(), None);
        let c = Coroutine::new(|_: &Yielder<(), ()>, ()| coroutine::current());
        assert_eq!(c.resume(()).unwrap(), Complete(Some(c.any())));
        assert_eq!(coroutine::current(), None);
    }

    #[test]
    fn kill_unwinds_it() {
        let drops = Drops::default();
        let c = counting(&drops);
        assert_eq!(c.resume(1).unwrap(), Yielded(2));
        c.kill().unwrap();
        assert!(c.is_done());
        drops.expect_none_alive();
    }

    #[test]
    fn raise_exception_arrives_where_it_waits() {
        let c = Coroutine::new(|cx: &Yielder<(), u32>, ()| {
            coro::catch::<Stop, _>(|| cx.suspend(1)).unwrap_err().0
        });
        assert_eq!(c.resume(()).unwrap(), Yielded(1));
        assert_eq!(c.raise(Stop(7)).unwrap(), Complete(7));
    }
}

mod control {
    use super::*;

    #[test]
    fn a_transfer_goes_round_in_circles() {
        let (to_a, to_b, to_c) = (Later::<u32>::default(), Later::default(), Later::default());
        let log = Log::default();
        let member = |name: &'static str, next: &Later<u32>| {
            let (next, log) = (next.clone(), log.clone());
            Coroutine::<u32, u32, ()>::new(move |cx: &Yielder<u32, u32>, mut n| {
                loop {
                    log.note(format!("{name}{n}"));
                    n = if n < 6 {
                        cx.transfer(known(&next), n + 1).unwrap()
                    } else {
                        cx.suspend(n)
                    };
                }
            })
        };
        let (a, b, c) = (member("a", &to_b), member("b", &to_c), member("c", &to_a));
        to_a.set(Some(a.target()));
        to_b.set(Some(b.target()));
        to_c.set(Some(c.target()));
        assert_eq!(a.resume(0).unwrap(), Yielded(6));
        log.expect(&["a0", "b1", "c2", "a3", "b4", "c5", "a6"]);
        // They all wait, and any of them can be where the next round begins.
        assert_eq!(c.resume(5).unwrap(), Yielded(6));
        log.expect(&["c5", "a6"]);
    }

    #[test]
    fn a_resume_of_ones_own_resumer_is_its_answer() {
        let outer = Shared::<u32, u32, u32>::default();
        let inner = Rc::new(Coroutine::<u32, u32, u32>::new({
            let outer = outer.clone();
            move |_: &Yielder<u32, u32>, n| {
                let resumer = outer.borrow().clone().unwrap();
                match resumer.resume(n * 2).unwrap() {
                    Yielded(n) => n + 1,
                    Complete(_) => unreachable!("it was left before it returned"),
                }
            }
        }));
        let resumer = Rc::new(Coroutine::<u32, u32, u32>::new({
            let inner = inner.clone();
            move |cx: &Yielder<u32, u32>, n| {
                assert_eq!(inner.resume(n + 1).unwrap(), Yielded(10));
                cx.suspend(100)
            }
        }));
        outer.replace(Some(resumer.clone()));
        assert_eq!(resumer.resume(4).unwrap(), Yielded(100));
        // The inner one has left the chain by that; it waits for the answer of its own resumer.
        assert_eq!(inner.resume(7).unwrap(), Complete(8));
        assert_eq!(resumer.resume(5).unwrap(), Complete(5));
        outer.take();
    }

    #[test]
    fn a_transfer_to_ones_own_resumer_is_its_answer() {
        let to_outer = Later::<u32>::default();
        let inner = Coroutine::new({
            let to_outer = to_outer.clone();
            move |cx: &Yielder<u32, u32>, n: u32| cx.transfer(known(&to_outer), n * 2).unwrap()
        });
        let outer = Coroutine::new(move |_: &Yielder<u32, u32>, n: u32| {
            let first = inner.resume(n + 1).unwrap();
            (first, inner.resume(5).unwrap())
        });
        to_outer.set(Some(outer.target()));
        assert_eq!(outer.resume(20).unwrap(), Complete((Yielded(42), Complete(5))));
    }

    #[test]
    fn main_passes_all_callers_by() {
        let inner = Coroutine::new(|cx: &Yielder<u32, u32>, n: u32| cx.main(n + 1).unwrap());
        let middle = Coroutine::new(move |_: &Yielder<u32, u32>, n: u32| inner.resume(n).unwrap());
        let to_middle = middle.target();
        let outer = Coroutine::new(move |_: &Yielder<u32, u32>, n: u32| middle.resume(n).is_ok());
        assert_eq!(outer.resume(1).unwrap(), Yielded(2));
        assert!(to_middle.is_started() && !to_middle.is_done());
        // Those passed by wait for their answers still, and take one from whoever brings it.
        assert_eq!(outer.resume(9).unwrap(), Complete(true));
        assert!(to_middle.is_done(), "its handle went with the one that owned it");
    }

    #[test]
    fn who_was_passed_by_takes_an_answer_from_anybody() {
        let inner = Coroutine::new(|cx: &Yielder<u32, u32>, n: u32| cx.main(n + 1).unwrap());
        let outer = Coroutine::new(move |_: &Yielder<u32, u32>, n: u32| inner.resume(n).unwrap());
        assert_eq!(outer.resume(1).unwrap(), Yielded(2));
        assert_eq!(outer.resume(50).unwrap(), Complete(Yielded(50)));
    }

    #[test]
    fn a_panic_goes_through_a_chain_of_three() {
        let drops = Drops::default();
        let c = Coroutine::<(), (), ()>::new({
            let canary = drops.canary();
            move |_: &Yielder<(), ()>, ()| {
                canary.check();
                panic_any(Planned);
            }
        });
        let (to_c, canary) = (c.any(), drops.canary());
        let b = Coroutine::<(), (), ()>::new(move |_: &Yielder<(), ()>, ()| {
            canary.check();
            let _ = c.resume(());
        });
        let (to_b, canary) = (b.any(), drops.canary());
        let a = Coroutine::<(), (), ()>::new(move |_: &Yielder<(), ()>, ()| {
            canary.check();
            let _ = b.resume(());
        });
        let panic = catch_unwind(AssertUnwindSafe(|| a.resume(()))).unwrap_err();
        assert!(panic.is::<Planned>());
        for one in [a.any(), to_b, to_c] {
            assert!(one.is_done());
        }
        drops.expect_none_alive();
    }

    #[test]
    fn a_panic_can_be_caught_on_the_way() {
        let c = Coroutine::<(), (), ()>::new(|_: &Yielder<(), ()>, ()| panic_any(Planned));
        let b = Coroutine::new(move |cx: &Yielder<(), u32>, ()| {
            let caught = catch_unwind(AssertUnwindSafe(|| c.resume(()))).is_err();
            cx.suspend(1);
            caught
        });
        assert_eq!(b.resume(()).unwrap(), Yielded(1));
        assert_eq!(b.resume(()).unwrap(), Complete(true));
    }

    #[test]
    fn a_chain_is_a_thousand_callers_deep() {
        fn deeper(depth: u32) -> Coroutine<u32, u32, u32> {
            let body = move |cx: &Yielder<u32, u32>, n: u32| {
                if depth == 0 {
                    return cx.suspend(n);
                }
                let next = deeper(depth - 1);
                match next.resume(n + 1).unwrap() {
                    Yielded(n) => match next.resume(cx.suspend(n)).unwrap() {
                        Complete(n) => n + 1,
                        Yielded(_) => unreachable!("it suspends once"),
                    },
                    Complete(_) => unreachable!("it suspends once"),
                }
            };
            Coroutine::with_stack_size(32 * 1024, body)
        }
        let first = deeper(1000);
        assert_eq!(first.resume(0).unwrap(), Yielded(1000));
        assert_eq!(first.resume(0).unwrap(), Complete(1000));
    }
}

mod refusal {
    use super::*;

    /// A value that is no number, to be given back.
    fn text() -> String {
        "refused".to_owned()
    }

    #[test]
    fn one_that_has_ended_gives_the_value_back() {
        let c = Coroutine::new(|_: &Yielder<String, ()>, _| ());
        c.resume(text()).unwrap();
        let error = c.resume(text()).unwrap_err();
        assert!(
            error.is_done()
                && error
                    .to_string()
                    .ends_with("has ended and takes no more values; make a new one")
        );
        assert_eq!(error.into_value(), Some(text()));
        assert_eq!(c.raise(Stop(1)).unwrap_err().into_value(), Some(Stop(1)));
        c.kill().unwrap();
    }

    #[test]
    fn one_that_runs_gives_the_value_back() {
        let me = Shared::<String, (), ()>::default();
        let c = Rc::new(Coroutine::new({
            let me = me.clone();
            move |cx: &Yielder<String, ()>, _| {
                let me = me.borrow().clone().unwrap();
                let error = me.resume(text()).unwrap_err();
                assert!(error.is_running());
                assert_eq!(error.into_value(), Some(text()));
                let error = cx.transfer(me.target(), text()).unwrap_err();
                assert!(error.is_running());
                assert_eq!(error.into_value(), Some(text()));
                assert!(me.raise(Stop(1)).unwrap_err().is_running());
            }
        }));
        me.replace(Some(c.clone()));
        assert_eq!(c.resume(text()).unwrap(), Complete(()));
        me.take();
    }

    #[test]
    fn another_os_thread_gives_the_value_back() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.resume(1).unwrap();
        let c = std::thread::spawn(move || {
            assert!(!c.is_started() && !c.is_done());
            let error = c.resume(7).unwrap_err();
            assert!(error.is_foreign());
            assert_eq!(error.into_value(), Some(7));
            assert!(c.kill().unwrap_err().is_foreign());
            assert_eq!(c.raise(Stop(3)).unwrap_err().into_value(), Some(Stop(3)));
            c
        });
        let c = c.join().unwrap();
        assert_eq!(c.resume(2).unwrap(), Yielded(3));
    }

    #[test]
    fn another_loop_gives_the_value_back() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.resume(1).unwrap();
        coro::run(|| {
            let error = c.resume(7).unwrap_err();
            assert!(error.is_foreign());
            assert_eq!(error.into_value(), Some(7));
            assert!(c.kill().unwrap_err().is_foreign());
        });
        assert_eq!(c.resume(2).unwrap(), Yielded(3));
    }

    #[test]
    fn one_whose_loop_has_ended_is_done() {
        let drops = Drops::default();
        let c = coro::run(|| {
            let c = counting(&drops);
            c.resume(1).unwrap();
            c
        });
        drops.expect_none_alive();
        let error = c.resume(7).unwrap_err();
        assert!(error.is_done());
        assert_eq!(error.into_value(), Some(7));
    }

    #[test]
    fn an_answer_of_another_type_comes_back() {
        // The outer one takes texts, but has called one that gives out numbers.
        let to_outer = Later::<String>::default();
        let inner = Coroutine::<u32, u32, ()>::new({
            let to_outer = to_outer.clone();
            move |cx: &Yielder<u32, u32>, n| {
                let error = cx.transfer(known(&to_outer), text()).unwrap_err();
                assert!(error.is_mismatch());
                assert_eq!(error.into_value(), Some(text()));
                let error = coroutine::main::<u32, String>(n).unwrap_err();
                assert!(error.is_mismatch(), "it takes numbers itself");
                let error = cx.main(text()).unwrap_err();
                assert!(error.is_mismatch(), "main waits for a truth value");
                assert_eq!(error.into_value(), Some(text()));
            }
        });
        let outer = Coroutine::new(move |_: &Yielder<String, bool>, _| {
            inner.resume(1).unwrap() == Complete(())
        });
        to_outer.set(Some(outer.target()));
        assert_eq!(outer.resume(text()).unwrap(), Complete(true));
    }

    #[test]
    fn a_suspend_with_another_type_than_the_one_waited_for_panics() {
        let ended = child::run(|| {
            let last = Coroutine::<u32, String, ()>::new(|cx: &Yielder<u32, String>, _| {
                cx.suspend(text());
            });
            let to_last = last.target();
            let first = Coroutine::<u32, u32, ()>::new(move |cx: &Yielder<u32, u32>, n| {
                cx.transfer(to_last, n).unwrap();
            });
            let panicked = catch_unwind(AssertUnwindSafe(|| first.resume(1)));
            assert!(panicked.is_err());
            assert!(last.is_done());
            assert_eq!(first.resume(1).unwrap(), Complete(()));
        });
        ended.expect_success();
        ended.expect_said(&["gives out a alloc::string::String, but whoever waits takes a u32"]);
    }

    #[test]
    fn a_result_of_another_type_than_the_one_waited_for_panics_there() {
        let ended = child::run(|| {
            let last = Coroutine::new(|_: &Yielder<u32, u32>, _| text());
            let to_last = last.target();
            let first = Coroutine::<u32, u32, ()>::new(move |cx: &Yielder<u32, u32>, n| {
                cx.transfer(to_last, n).unwrap();
            });
            assert!(catch_unwind(AssertUnwindSafe(|| first.resume(1))).is_err());
            assert!(last.is_done());
            assert_eq!(first.resume(1).unwrap(), Complete(()));
        });
        ended.expect_success();
        ended.expect_said(&[
            "ended with a alloc::string::String, but what was resumed ends with a ()",
        ]);
    }

    #[test]
    fn no_stack_gives_the_value_back() {
        for bytes in [0, 1000, usize::MAX] {
            let c = Coroutine::with_stack_size(bytes, |_: &Yielder<String, ()>, _| ());
            let error = c.resume(text()).unwrap_err();
            assert!(error.to_string().contains("cannot start: "), "{error}");
            assert!(error.is_no_stack());
            assert_eq!(error.into_value(), Some(text()));
            assert!(!c.is_started() && !c.is_done());
        }
    }

    #[test]
    fn no_stack_is_told_from_other_reasons_and_may_be_one_later() {
        use std::error::Error;
        use std::io;

        use coro::__private::Faults;

        // Nobody else on this OS thread has left a stack of this size, or what was left is gone.
        coro::stack::trim();
        let c = Coroutine::with_stack_size(3 << 20, |_: &Yielder<String, ()>, _| ());
        let faults = Faults::arm(0, 1);
        let error = c.resume(text()).unwrap_err();
        drop(faults);
        let reason = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(reason.map(io::Error::kind), Some(io::ErrorKind::OutOfMemory));
        assert!(error.is_no_stack() && !error.is_done() && !error.is_killed());
        assert_eq!(c.resume(text()).unwrap(), Complete(()));
        let ended = c.resume(text()).unwrap_err();
        assert!(ended.is_done() && !ended.is_no_stack() && ended.source().is_none());
    }

    #[test]
    fn main_can_transfer_nowhere() {
        let c = Coroutine::new(|_: &Yielder<String, ()>, _| ());
        let error = c.transfer::<()>(text()).unwrap_err();
        assert!(error.is_outside());
        assert_eq!(error.into_value(), Some(text()));
        let error = coroutine::main::<_, ()>(text()).unwrap_err();
        assert!(error.is_outside());
        assert_eq!(error.into_value(), Some(text()));
    }
}

mod kill {
    use super::*;

    #[test]
    fn one_that_never_started_drops_its_function_unrun() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.kill().unwrap();
        drops.expect_none_alive();
        assert!(c.is_done());
        assert!(c.resume(1).unwrap_err().is_done());
    }

    #[test]
    fn it_comes_back_when_it_is_swallowed() {
        let swallowed = Rc::new(Cell::new(0));
        let c = Coroutine::<(), (), ()>::new({
            let swallowed = swallowed.clone();
            move |cx: &Yielder<(), ()>, ()| {
                for _ in 0..10 {
                    assert!(catch_unwind(AssertUnwindSafe(|| cx.suspend(()))).is_err());
                    swallowed.set(swallowed.get() + 1);
                }
                cx.suspend(());
                unreachable!("a killed coroutine does not suspend");
            }
        });
        c.resume(()).unwrap();
        c.kill().unwrap();
        assert_eq!((swallowed.get(), c.is_done()), (10, true));
    }

    #[test]
    fn it_ends_one_that_calls_where_it_calls() {
        let drops = Drops::default();
        let inner = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| cx.main(()).unwrap());
        let to_inner = inner.any();
        let outer = Coroutine::<(), (), ()>::new({
            let canary = drops.canary();
            move |_: &Yielder<(), ()>, ()| {
                canary.check();
                let _ = inner.resume(());
                unreachable!("its caller is killed");
            }
        });
        outer.resume(()).unwrap();
        outer.kill().unwrap();
        drops.expect_none_alive();
        assert!(to_inner.is_done(), "the outer one owned its handle");
    }

    #[test]
    fn it_reaches_the_own_caller_when_that_has_control_again() {
        let to_outer: Rc<Cell<Option<AnyCoroutine>>> = Rc::default();
        let log = Log::default();
        let inner = Coroutine::<(), (), ()>::new({
            let (to_outer, log) = (to_outer.clone(), log.clone());
            move |cx: &Yielder<(), ()>, ()| {
                to_outer.get().unwrap().kill().unwrap();
                log.note("inner goes on");
                cx.suspend(());
            }
        });
        let outer = Coroutine::<(), (), ()>::new({
            let log = log.clone();
            move |_: &Yielder<(), ()>, ()| {
                let _told = OnDrop(|| log.note("outer unwinds"));
                let _ = inner.resume(());
                unreachable!("the kill arrives at the call");
            }
        });
        to_outer.set(Some(outer.any()));
        assert!(outer.resume(()).unwrap_err().is_killed());
        log.expect(&["inner goes on", "outer unwinds"]);
    }

    #[coro::test]
    fn a_shield_holds_it_back() {
        let log = Log::default();
        let c = Coroutine::<(), u32, ()>::new({
            let log = log.clone();
            move |cx: &Yielder<(), u32>, ()| {
                coro::shield(|| {
                    cx.suspend(1);
                    log.note("shielded");
                    cx.suspend(2);
                });
                log.note("not shielded");
                cx.suspend(3);
            }
        });
        assert_eq!(c.resume(()).unwrap(), Yielded(1));
        c.kill().unwrap();
        assert!(c.raise(Stop(1)).unwrap_err().is_shielded());
        assert_eq!(c.resume(()).unwrap(), Yielded(2));
        assert!(c.resume(()).unwrap_err().is_killed());
        log.expect(&["shielded", "not shielded"]);
    }

    #[test]
    fn a_kill_and_a_drop_by_one_that_unwinds_work() {
        let drops = Drops::default();
        let (c, d) = (counting(&drops), counting(&drops));
        c.resume(1).unwrap();
        d.resume(1).unwrap();
        let mut d = Some(d);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _killer = OnDrop(|| {
                c.kill().unwrap();
                drop(d.take());
            });
            panic_any(Planned);
        }));
        assert!(unwound.is_err());
        assert!(c.is_done());
        drops.expect_none_alive();
        let after = counting(&drops);
        assert_eq!(after.resume(1).unwrap(), Yielded(2));
    }

    #[coro::test]
    fn one_that_suspends_in_its_destructor_goes_on_when_resumed() {
        suspend_in_a_destructor();
    }

    #[test]
    fn one_that_suspends_in_its_destructor_goes_on_when_resumed_outside_a_loop() {
        // In a child: an interrupt that left a destructor would abort the process.
        let ended = child::run(|| {
            suspend_in_a_destructor();
        });
        ended.expect_silent_success();
    }

    fn suspend_in_a_destructor() {
        let log = Log::default();
        let c = Coroutine::<(), u32, ()>::new({
            let log = log.clone();
            move |cx: &Yielder<(), u32>, ()| {
                let _last = OnDrop(|| log.note("last"));
                let _slow = OnDrop(|| {
                    cx.suspend(2);
                    log.note("resumed");
                    cx.suspend(3);
                });
                cx.suspend(1);
            }
        });
        assert_eq!(c.resume(()).unwrap(), Yielded(1));
        c.kill().unwrap();
        assert!(!c.is_done());
        assert!(c.raise(Stop(1)).unwrap_err().is_shielded());
        c.kill().unwrap();
        assert_eq!(c.resume(()).unwrap(), Yielded(3));
        assert!(c.resume(()).unwrap_err().is_killed());
        log.expect(&["resumed", "last"]);
    }

    #[coro::test]
    fn one_whose_catch_lands_in_the_destructor_of_the_killer_is_killed_again() {
        let c = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
            let _ = coro::panic::catch_unwind(AssertUnwindSafe(|| cx.suspend(())));
            cx.suspend(());
            unreachable!("a kill is sticky");
        });
        c.resume(()).unwrap();
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _killer = OnDrop(|| c.kill().unwrap());
            panic_any(Planned);
        }));
        assert!(unwound.is_err());
        assert!(c.is_done());
    }
}

mod raise {
    use super::*;

    #[test]
    fn it_ends_one_that_does_not_catch_it() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.resume(1).unwrap();
        let error = c.raise(Stop(7)).unwrap_err();
        assert!(error.is_raised());
        assert_eq!(*error.into_join_error().unwrap().downcast::<Stop>().unwrap(), Stop(7));
        drops.expect_none_alive();
    }

    #[test]
    fn one_that_never_started_is_done_by_it() {
        let drops = Drops::default();
        let c = counting(&drops);
        assert!(c.raise(Stop(7)).unwrap_err().is_raised());
        assert!(c.is_done());
        drops.expect_none_alive();
    }

    #[test]
    fn a_catch_of_another_type_lets_it_pass() {
        let c = Coroutine::<(), (), bool>::new(|cx: &Yielder<(), ()>, ()| {
            coro::catch::<Stop, _>(|| coro::catch::<u32, _>(|| cx.suspend(())).is_err()).is_err()
        });
        c.resume(()).unwrap();
        assert_eq!(c.raise(Stop(1)).unwrap(), Complete(true));
    }

    #[test]
    fn it_may_be_answered_by_another_value() {
        let c = Coroutine::<(), u32, ()>::new(|cx: &Yielder<(), u32>, ()| {
            loop {
                if let Err(Stop(n)) = coro::catch::<Stop, _>(|| cx.suspend(0)) {
                    let _ = coro::catch::<Stop, _>(|| cx.suspend(n));
                }
            }
        });
        c.resume(()).unwrap();
        assert_eq!(c.raise(Stop(5)).unwrap(), Yielded(5));
        assert_eq!(c.raise(Stop(6)).unwrap(), Yielded(0));
    }
}

mod handle {
    use super::*;

    #[test]
    fn dropping_one_that_is_suspended_runs_its_destructors() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.resume(1).unwrap();
        drop(c);
        drops.expect_none_alive();
    }

    #[test]
    fn a_destructor_that_panics_does_not_leave_the_drop() {
        let c = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
            let unwound = catch_unwind(AssertUnwindSafe(|| cx.suspend(())));
            assert!(unwound.is_err());
            panic_any(Planned);
        });
        c.resume(()).unwrap();
        drop(c);
    }

    #[test]
    fn a_forgotten_one_stays_suspended_for_ever() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.resume(1).unwrap();
        let name = c.any();
        std::mem::forget(c);
        assert!(!name.is_done());
        assert_eq!(drops.dropped(), 0);
    }

    #[test]
    fn a_forgotten_one_is_still_reached_by_name() {
        let drops = Drops::default();
        let c = counting(&drops);
        c.resume(1).unwrap();
        let name = c.any();
        let target = c.target();
        std::mem::forget(c);
        let other = Coroutine::<u32, u32, ()>::new(move |cx: &Yielder<u32, u32>, n| {
            cx.transfer(target, n).unwrap();
        });
        assert_eq!(other.resume(6).unwrap(), Yielded(7));
        name.kill().unwrap();
        drops.expect_none_alive();
    }

    #[test]
    fn a_forgotten_one_ends_with_its_loop() {
        let drops = Drops::default();
        coro::run(|| {
            let c = counting(&drops);
            c.resume(1).unwrap();
            std::mem::forget(c);
        });
        drops.expect_none_alive();
    }

    #[test]
    fn a_forgotten_one_that_never_started_is_never_dropped() {
        let drops = Drops::default();
        coro::run(|| std::mem::forget(counting(&drops)));
        assert_eq!(drops.dropped(), 0);
    }

    #[test]
    fn an_os_thread_ends_with_coroutines_alive() {
        let drops = Drops::default();
        let made = std::thread::spawn({
            let drops = drops.clone();
            move || {
                let c = counting(&drops);
                c.resume(1).unwrap();
                let new = counting(&drops);
                (c, new)
            }
        });
        let (c, new) = made.join().unwrap();
        assert!(c.resume(1).unwrap_err().is_foreign());
        drop((c, new));
        assert_eq!(drops.dropped(), 0, "their OS thread is gone, and nobody else may run them");
    }

    #[test]
    fn a_drop_in_the_destructor_of_a_thread_local_is_harmless() {
        thread_local! {
            static KEPT: RefCell<Option<Coroutine<u32, u32, ()>>> = const { RefCell::new(None) };
        }
        for kept_first in [true, false] {
            let ended = std::thread::spawn(move || {
                let drops = Drops::default();
                if kept_first {
                    KEPT.with(|_| {});
                }
                let c = counting(&drops);
                c.resume(1).unwrap();
                KEPT.with(|kept| kept.replace(Some(c)));
            });
            ended.join().unwrap();
        }
    }

    #[test]
    fn it_goes_to_other_os_threads_whatever_it_takes() {
        fn is_send<T: Send + Sync>(_: &T) {}
        let c = Coroutine::new(|_: &Yielder<Rc<u32>, Rc<u32>>, _| Rc::new(RefCell::new(0)));
        is_send(&c);
        is_send(&c.target());
        is_send(&c.any());
        let c = std::thread::spawn(move || c).join().unwrap();
        assert_eq!(c.resume(Rc::new(1)).unwrap(), Complete(Rc::new(RefCell::new(0))));
    }

    #[test]
    fn one_made_before_a_loop_runs_inside() {
        let drops = Drops::default();
        let c = counting(&drops);
        coro::run(|| {
            assert_eq!(c.resume(1).unwrap(), Yielded(2));
            coro::thread::yield_now();
            assert_eq!(c.resume(2).unwrap(), Yielded(3));
        });
        assert!(c.is_done());
        drops.expect_none_alive();
    }

    #[test]
    fn one_outside_any_loop_may_run_a_loop() {
        let c = Coroutine::with_stack_size(1 << 20, |cx: &Yielder<u32, u32>, n: u32| {
            let sum = coro::run(|| {
                let thread = coro::thread::spawn(move || n + 1);
                thread.join().unwrap()
            });
            cx.suspend(sum) + 1
        });
        assert_eq!(c.resume(1).unwrap(), Yielded(2));
        assert_eq!(c.resume(5).unwrap(), Complete(6));
    }

    #[test]
    fn it_iterates_until_it_returns() {
        let mut c = Coroutine::new(|cx: &Yielder<(), u32>, ()| (1..4).for_each(|n| cx.suspend(n)));
        assert_eq!(c.by_ref().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((c.next(), c.is_done()), (None, true));
    }
}

mod many {
    use super::*;

    #[coro::test]
    fn a_hundred_thousand_live_at_once() {
        let drops = Drops::default();
        let make = |_| {
            let canary = drops.canary();
            Coroutine::<u32, u32, u32>::with_stack_size(
                16 * 1024,
                move |cx: &Yielder<u32, u32>, n| {
                    let m = cx.suspend(n + 1);
                    canary.check();
                    n + m
                },
            )
        };
        let all: Vec<_> = (0..100_000).map(make).collect();
        for (c, n) in all.iter().zip(0..) {
            assert_eq!(c.resume(n).unwrap(), Yielded(n + 1));
        }
        for (c, n) in all.iter().zip(0..50_000) {
            assert_eq!(c.resume(1).unwrap(), Complete(n + 1));
        }
        drop(all);
        drops.expect_none_alive();
    }

    #[test]
    fn a_million_in_a_row_reuse_one_stack() {
        let make_and_run = |times: u32| {
            for n in 0..times {
                let c = Coroutine::new(|cx: &Yielder<u32, u32>, n| cx.suspend(n));
                assert_eq!(c.resume(n).unwrap(), Yielded(n));
                if n % 2 == 0 {
                    assert_eq!(c.resume(7).unwrap(), Complete(7));
                }
            }
        };
        let ended = child::run(|| {
            make_and_run(1000);
            let before = process::resident_kib();
            make_and_run(1_000_000);
            let grown = process::resident_kib().saturating_sub(before);
            assert!(grown < 1024, "{grown} KiB more are resident after a million");
        });
        ended.expect_success();
    }
}
