//! Calls on big stacks, from everywhere, with everything in them that code can do.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use coro::coroutine::{
    self, Coroutine, CoroutineState::Complete, CoroutineState::Yielded, Yielder,
};
use coro::stack::{on_big_stack, remaining, try_on_big_stack, usage};
use coro::{Cond, EventLoop, thread};
use coro_tests::canary::Drops;

use super::{KIB, MIB, dig, everywhere, in_coroutine};
use crate::support::kth::kill_at_each;
use crate::support::{HOUR, MILLISECOND, watch};

/// Checks that as many stacks are in use afterwards as were before.
#[track_caller]
fn balanced<R>(f: impl FnOnce() -> R) -> R {
    let before = usage().in_use();
    let result = f();
    assert_eq!(usage().in_use(), before, "{}", usage());
    result
}

#[test]
fn a_call_borrows_and_returns() {
    everywhere(|| {
        let mut log = vec![String::from("before")];
        let length = balanced(|| {
            on_big_stack(4 * MIB, || {
                dig(3 * MIB);
                log.push("inside".to_owned());
                log.len()
            })
        });
        assert_eq!((length, log.len()), (2, 2));
    });
}

#[test]
fn a_large_result_comes_back_whole() {
    everywhere(|| {
        let words: [usize; 1000] = on_big_stack(MIB, || std::array::from_fn(|n| n * n));
        assert!(words.iter().enumerate().all(|(n, &word)| word == n * n));
    });
}

#[test]
fn calls_are_nested() {
    everywhere(|| {
        fn nest(levels: usize) -> usize {
            if levels == 0 {
                return 0;
            }
            dig(100 * KIB);
            1 + on_big_stack(MIB, || nest(levels - 1))
        }
        balanced(|| assert_eq!(nest(20), 20));
    });
}

#[test]
fn a_panic_goes_on_outside() {
    everywhere(|| {
        let drops = Drops::default();
        let outcome = balanced(|| {
            let inside = drops.canary();
            catch_unwind(AssertUnwindSafe(|| {
                on_big_stack(MIB, || {
                    let _inside = inside;
                    std::panic::resume_unwind(Box::new("on purpose"));
                })
            }))
        });
        let payload = outcome.unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"on purpose"));
        assert!(!thread::panicking());
        drops.expect_none_alive();
    });
}

#[test]
fn a_panic_inside_can_be_caught_inside() {
    everywhere(|| {
        let caught = balanced(|| {
            on_big_stack(MIB, || {
                coro::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(7)))
            })
        });
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&7));
    });
}

#[test]
fn a_call_in_a_destructor_of_an_unwind_is_a_call() {
    struct Deep<'a>(&'a Cell<bool>);
    impl Drop for Deep<'_> {
        fn drop(&mut self) {
            on_big_stack(MIB, || {
                dig(500 * KIB);
                thread::yield_now();
                self.0.set(thread::panicking());
            });
        }
    }
    everywhere(|| {
        let seen = Cell::new(false);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _deep = Deep(&seen);
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(outcome.is_err() && seen.get() && !thread::panicking());
    });
}

#[test]
fn a_call_waits() {
    everywhere(|| {
        balanced(|| {
            on_big_stack(MIB, || {
                dig(MIB / 2);
                thread::sleep(MILLISECOND);
                thread::yield_now();
                dig(MIB / 2);
            });
        });
    });
}

#[coro::test]
fn threads_run_on_big_stacks_side_by_side() {
    let cond = Rc::new(Cond::new());
    let threads: Vec<_> = (0..50_usize)
        .map(|n| {
            let cond = cond.clone();
            thread::spawn(move || {
                let local = [n; 100];
                on_big_stack(MIB, || {
                    let inside = std::hint::black_box([n; 10_000]);
                    cond.wait();
                    assert!(local.iter().chain(&inside).all(|&word| word == n));
                    n
                })
            })
        })
        .collect();
    thread::yield_now();
    assert_eq!(usage().in_use(), 100);
    cond.wake_all(());
    let sum: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(sum, 49 * 50 / 2);
    assert_eq!(usage().in_use(), 0);
}

#[test]
fn a_kill_at_each_wait_unwinds_through_calls() {
    kill_at_each("on_big_stack", |drops| {
        let _outside = drops.canary();
        on_big_stack(MIB, || {
            let _inside = drops.canary();
            thread::sleep(HOUR);
            on_big_stack(2 * MIB, || {
                let _deep = drops.canary();
                dig(MIB);
                thread::yield_now();
            });
            thread::scope(|scope| {
                scope.spawn(|| {
                    let _canary = drops.canary();
                    on_big_stack(MIB, || thread::sleep(HOUR));
                });
            });
        });
        let other = drops.clone();
        in_coroutine(move || {
            let _canary = other.canary();
            on_big_stack(MIB, || {
                let _inside = other.canary();
                thread::sleep(HOUR);
            });
        });
        on_big_stack(MIB, || {
            let inside = drops.canary();
            in_coroutine(move || {
                let _inside = inside;
                thread::sleep(HOUR);
            });
        });
        assert_eq!(usage().in_use(), 1);
    });
}

#[coro::test(start_paused)]
fn interrupts_unwind_through_calls() {
    assert!(coro::timeout(MILLISECOND, || on_big_stack(MIB, thread::park)).is_err());
    let caught = on_big_stack(MIB, || coro::timeout(MILLISECOND, thread::park).is_err());
    assert!(caught);
    let catcher = thread::spawn(|| coro::catch::<&str, _>(|| on_big_stack(MIB, thread::park)));
    let victim = thread::spawn(|| on_big_stack(MIB, || coro::shield(thread::yield_now)));
    thread::yield_now();
    catcher.raise("raised");
    assert_eq!(catcher.join().unwrap(), Err("raised"));
    victim.kill();
    // The shield has held it back, and there was no other suspension.
    victim.join().unwrap();
    assert_eq!(usage().in_use(), 0);
}

#[test]
fn a_coroutine_suspends_on_its_big_stack() {
    everywhere(|| {
        balanced(|| {
            let sums = Coroutine::new(|cx: &Yielder<usize, usize>, first| {
                on_big_stack(MIB, || {
                    let mut numbers = vec![first];
                    while numbers.len() < 10 {
                        let frame = std::hint::black_box([numbers.len(); 1000]);
                        numbers.push(cx.suspend(numbers.iter().sum()));
                        assert!(frame.iter().all(|&word| word == numbers.len() - 1));
                    }
                    numbers.len()
                })
            });
            for n in 1..10 {
                dig(10 * KIB);
                let state = on_big_stack(MIB, || sums.resume(n)).unwrap();
                assert_eq!(state, Yielded(n * (n + 1) / 2));
            }
            assert_eq!(sums.resume(0).unwrap(), Complete(10));
        });
    });
}

#[test]
fn a_coroutine_that_waits_on_its_big_stack_is_killed_there() {
    everywhere(|| {
        let drops = Drops::default();
        balanced(|| {
            let canaries = [drops.canary(), drops.canary()];
            let c = Coroutine::new(move |cx: &Yielder<(), ()>, ()| {
                let [_outside, inside] = canaries;
                on_big_stack(MIB, || {
                    let _inside = inside;
                    cx.suspend(());
                });
            });
            c.resume(()).unwrap();
            assert_eq!(drops.dropped(), 0);
            drop(c);
        });
        drops.expect_none_alive();
    });
}

#[test]
fn coroutines_resume_each_other_across_big_stacks() {
    everywhere(|| {
        balanced(|| {
            let inner = Rc::new(Coroutine::new(|cx: &Yielder<u32, u32>, mut n: u32| {
                loop {
                    n = on_big_stack(MIB, || cx.suspend(n + 1));
                }
            }));
            let middle = Coroutine::<u32, u32, ()>::new({
                let inner = inner.clone();
                move |cx: &Yielder<u32, u32>, mut n: u32| loop {
                    let Yielded(answer) = on_big_stack(2 * MIB, || inner.resume(n)).unwrap();
                    n = on_big_stack(MIB, || cx.suspend(answer * 10));
                }
            });
            for n in 0..20 {
                let answer = on_big_stack(MIB, || middle.resume(n)).unwrap();
                assert_eq!(answer, Yielded((n + 1) * 10));
                let Yielded(answer) = inner.resume(n).unwrap();
                assert_eq!(answer, n + 1);
            }
        });
    });
}

#[test]
fn a_coroutine_goes_to_main_from_a_big_stack() {
    everywhere(|| {
        if coroutine::current().is_some() {
            return; // it is main that is gone to
        }
        balanced(|| {
            let c = Coroutine::new(|_: &Yielder<u8, u8>, n: u8| {
                let n: u8 = on_big_stack(MIB, || coroutine::main(n + 1)).unwrap();
                n * 2
            });
            assert_eq!(on_big_stack(MIB, || c.resume(1)).unwrap(), Yielded(2));
            assert_eq!(c.resume(21).unwrap(), Complete(42));
        });
    });
}

#[coro::test]
fn only_code_of_its_own_suspends_a_coroutine_from_a_big_stack() {
    let c = Coroutine::<u32, u32, u32>::new(|cx: &Yielder<u32, u32>, n| {
        let cx = AssertUnwindSafe(cx);
        let message = on_big_stack(MIB, || {
            thread::scope(|scope| {
                // A thread of its own is not the coroutine, on whatever stack it runs.
                let borrower = scope.spawn(|| {
                    let suspend = || on_big_stack(MIB, || cx.suspend(0));
                    let caught = catch_unwind(AssertUnwindSafe(suspend));
                    caught.unwrap_err().downcast_ref::<String>().cloned()
                });
                borrower.join().unwrap().unwrap()
            })
        });
        assert!(message.contains("this code does not run on its stack"), "{message}");
        on_big_stack(MIB, || cx.suspend(n + 1))
    });
    assert_eq!(c.resume(1).unwrap(), Yielded(2));
    assert_eq!(c.resume(7).unwrap(), Complete(7));
}

#[test]
fn a_forgotten_coroutine_keeps_its_big_stack() {
    let before = usage().in_use();
    let c = Coroutine::new(|cx: &Yielder<(), ()>, ()| on_big_stack(MIB, || cx.suspend(())));
    c.resume(()).unwrap();
    std::mem::forget(c);
    assert_eq!(usage().in_use(), before + 2);
    coro::stack::trim();
    balanced(|| on_big_stack(MIB, || dig(MIB / 2)));
    assert_eq!(usage().in_use(), before + 2);
}

#[test]
fn a_forgotten_coroutine_gives_its_big_stack_back_when_the_loop_ends() {
    let drops = Drops::default();
    balanced(|| {
        coro::run(|| {
            let canary = drops.canary();
            let c = Coroutine::new(move |cx: &Yielder<(), ()>, ()| {
                on_big_stack(MIB, || {
                    let _canary = canary;
                    cx.suspend(());
                });
            });
            c.resume(()).unwrap();
            std::mem::forget(c);
        });
    });
    drops.expect_none_alive();
}

#[test]
fn a_loop_begins_or_ends_in_the_middle_of_a_call() {
    // Begins.
    balanced(|| {
        let event_loop = on_big_stack(MIB, || {
            let event_loop = EventLoop::new().unwrap();
            thread::spawn(|| on_big_stack(MIB, thread::yield_now));
            thread::yield_now();
            event_loop
        });
        assert_eq!(on_big_stack(MIB, || 5), 5);
        drop(event_loop);
    });
    // Ends: its pool cannot give back what is in use.
    let event_loop = EventLoop::new().unwrap();
    let left = on_big_stack(MIB, || {
        thread::spawn(|| on_big_stack(MIB, thread::park));
        thread::yield_now();
        drop(event_loop);
        dig(MIB / 2);
        remaining().unwrap()
    });
    assert!(left <= MIB + 4 * KIB && left > MIB - 64 * KIB, "{left}");
    balanced(|| assert_eq!(on_big_stack(MIB, || 5), 5));
    // Both, and another loop is there when the call is over.
    let first = EventLoop::new().unwrap();
    let second = on_big_stack(MIB, || {
        drop(first);
        EventLoop::new().unwrap()
    });
    balanced(|| assert_eq!(on_big_stack(MIB, || 5), 5));
    drop(second);
}

#[test]
fn a_whole_loop_runs_on_a_big_stack() {
    let sum = balanced(|| {
        on_big_stack(MIB, || {
            coro::run(|| {
                let threads: Vec<_> = (0..10).map(|n| thread::spawn(move || n)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u32>()
            })
        })
    });
    assert_eq!(sum, 45);
}

#[test]
fn the_end_of_an_os_thread_is_an_error_and_no_panic() {
    struct AtTheEnd;
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            // Whether the table of stacks is gone by now is up to the order of destructors.
            match try_on_big_stack(MIB, || 7) {
                Ok(seven) => assert_eq!(seven, 7),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::Unsupported),
            }
            let _ = (usage(), remaining());
            coro::stack::trim();
        }
    }
    thread_local! {
        static EARLY: AtTheEnd = const { AtTheEnd };
        static LATE: AtTheEnd = const { AtTheEnd };
    }
    std::thread::spawn(|| {
        EARLY.with(|_| ());
        on_big_stack(MIB, || ());
        LATE.with(|_| ());
    })
    .join()
    .unwrap();
}

#[test]
fn sizes_are_rounded_up_or_refused() {
    everywhere(|| {
        for (bytes, least) in
            [(0, 0), (1, 1), (16 * KIB, 15 * KIB), (MIB + 1, MIB), (300_001, 300_000)]
        {
            let left = balanced(|| on_big_stack(bytes, || remaining().unwrap()));
            assert!(left >= least.saturating_sub(4 * KIB), "{left} left of {bytes}");
        }
        let drops = Drops::default();
        for (bytes, kind) in [
            (usize::MAX, io::ErrorKind::InvalidInput),
            (usize::MAX / 2, io::ErrorKind::InvalidInput),
            (1 << 48, io::ErrorKind::OutOfMemory),
        ] {
            let canary = drops.canary();
            let error = balanced(|| try_on_big_stack(bytes, || drop(canary))).unwrap_err();
            assert_eq!(error.kind(), kind, "{bytes}: {error}");
            assert!(
                error.to_string().contains(&bytes.to_string())
                    || kind != io::ErrorKind::InvalidInput
            );
        }
        drops.expect_none_alive();
        let outcome = catch_unwind(|| on_big_stack(usize::MAX, || ()));
        let message = *outcome.unwrap_err().downcast::<String>().unwrap();
        assert!(message.starts_with("failed to take a big stack: "), "{message}");
    });
}

#[test]
fn a_huge_stack_goes_back_to_the_system_at_once() {
    const HUGE: usize = 1 << 36;
    everywhere(|| {
        let before = usage();
        on_big_stack(HUGE, || {
            dig(70 * MIB);
            let outer = usage().committed();
            on_big_stack(HUGE, || {
                dig(MIB);
                assert!(usage().committed() >= outer + MIB);
                thread::yield_now();
            });
            let during = usage();
            assert_eq!(during.in_use(), before.in_use() + 1, "{during}");
            assert!((HUGE..2 * HUGE).contains(&during.reserved()), "{during}");
            assert!((70 * MIB..80 * MIB).contains(&during.committed()), "{during}");
            dig(70 * MIB);
        });
        assert_eq!(usage().pooled(), before.pooled(), "{}", usage());
        assert_eq!(usage().reserved(), before.reserved(), "{}", usage());
    });
}

#[test]
fn a_recursion_goes_on_where_it_runs_out_of_stack() {
    fn depth(left: usize) -> usize {
        if remaining().is_some_and(|bytes| bytes < 64 * KIB) {
            return on_big_stack(MIB, || depth(left));
        }
        let frame = std::hint::black_box([left; 64]);
        if left == 0 { 0 } else { 1 + depth(frame[left % 64] - 1) }
    }
    everywhere(|| balanced(|| assert_eq!(depth(20_000), 20_000)));
}

#[coro::test]
fn calls_after_each_other_use_one_stack() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                for n in 0..2500 {
                    on_big_stack(MIB, || std::hint::black_box(n));
                    if n % 100 == 0 {
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    watch::until_alone();
    let usage = usage();
    let big = usage.classes().iter().find(|class| class.guard() == MIB).unwrap();
    assert_eq!((big.in_use(), big.pooled()), (0, 1), "{usage}");
}
