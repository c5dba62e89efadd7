//! Raw coroutines in the hands of code that does everything at the wrong moment.

use std::cell::{Cell, RefCell};
use std::panic::catch_unwind;
use std::rc::Rc;
use std::time::Duration;

use coro::coroutine::{
    self, Coroutine, CoroutineState::Complete, CoroutineState::Yielded, Yielder,
};
use coro::{EventLoop, thread};

use crate::support::child;

/// Runs its closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A value that somebody gave out; its destructor runs what it was told.
struct Loaded(Option<Box<dyn FnOnce()>>);

impl Drop for Loaded {
    fn drop(&mut self) {
        if let Some(run) = self.0.take() {
            run();
        }
    }
}

/// Leaves a value behind that nobody takes: it is given out in a destructor, to a killer that is killed itself.
fn leave_behind(run: impl FnOnce() + 'static) -> Coroutine<(), Loaded, ()> {
    let run = Rc::new(RefCell::new(Some(Box::new(run) as Box<dyn FnOnce()>)));
    let victim = Rc::new(Coroutine::<(), Loaded, ()>::new(move |cx: &Yielder<(), Loaded>, ()| {
        let _last = OnDrop(|| cx.suspend(Loaded(run.borrow_mut().take())));
        cx.suspend(Loaded(None));
    }));
    victim.resume(()).unwrap();
    let killer = Coroutine::<(), (), ()>::new({
        let victim = victim.clone();
        move |_: &Yielder<(), ()>, ()| {
            coroutine::current().unwrap().kill().unwrap();
            let _ = victim.kill();
        }
    });
    assert!(killer.resume(()).unwrap_err().is_killed());
    drop(killer);
    Rc::into_inner(victim).expect("the killer is gone")
}

#[test]
fn a_value_nobody_takes_may_take_the_owner_of_the_loop_along() {
    thread_local! {
        static OWNER: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
    }
    OWNER.set(Some(EventLoop::new().unwrap()));
    let left = leave_behind(|| drop(OWNER.take()));
    let target = left.target();
    let last = Coroutine::<(), (), ()>::new(move |cx: &Yielder<(), ()>, ()| {
        let _ = cx.transfer(target, ());
    });
    let _ = last.resume(());
    assert!(OWNER.take().is_none(), "the owner was dropped");
    // It was dropped inside a coroutine, where the loop cannot end; it stays until this OS thread ends.
    assert!(EventLoop::current().is_some());
}

#[coro::test]
fn a_value_nobody_takes_may_make_coroutines_and_panic() {
    let made = Rc::new(Cell::new(0));
    let left = leave_behind({
        let made = made.clone();
        move || {
            let inner = Coroutine::new(|cx: &Yielder<u32, u32>, n: u32| cx.suspend(n + 1));
            if let Ok(Yielded(n)) = inner.resume(1) {
                made.set(n);
            }
            std::panic::panic_any(coro::__private::Planned);
        }
    });
    assert_eq!(made.get(), 2);
    let _ = left.resume(());
    let fresh = Coroutine::new(|cx: &Yielder<u32, u32>, n: u32| cx.suspend(n + 1));
    assert_eq!(fresh.resume(1).unwrap(), Yielded(2));
    assert_eq!(coroutine::current(), None);
}

#[coro::test]
fn one_that_ends_in_a_destructor_leaves_no_unwind_behind() {
    let thread = thread::spawn(|| {
        let _resumes = OnDrop(|| {
            let c = Coroutine::<(), (), ()>::new(|_: &Yielder<(), ()>, ()| {
                let _ = catch_unwind(|| std::panic::panic_any(coro::__private::Planned));
            });
            c.resume(()).unwrap();
        });
        std::panic::panic_any(coro::__private::Planned);
    });
    assert!(thread.join().unwrap_err().is_panic());
    // std's answer can be relied on again: a destructor's wait is not interrupted.
    let unwinding = thread::spawn(|| {
        let _waits = OnDrop(thread::yield_now);
        std::panic::resume_unwind(Box::new(1));
    });
    thread::yield_now();
    unwinding.kill();
    assert!(unwinding.join().unwrap_err().is_panic());
}

#[coro::test]
fn an_interrupt_stays_with_the_thread_it_was_meant_for() {
    for interrupt in ["kill", "raise", "timeout"] {
        let c = Rc::new(Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
            let _last = OnDrop(|| cx.suspend(()));
            thread::park();
        }));
        let meant = thread::spawn({
            let c = c.clone();
            move || {
                let resume = || c.resume(()).map(|_| ()).map_err(drop);
                match interrupt {
                    "timeout" => coro::timeout(Duration::ZERO, resume).unwrap_or(Ok(())),
                    _ => resume(),
                }
            }
        });
        thread::yield_now();
        match interrupt {
            "kill" => meant.kill(),
            "raise" => meant.raise("for one"),
            _ => {}
        }
        let _ = meant.join();
        // It is in the middle of its unwind; whoever lets it end gets to know how, and nothing more.
        let innocent = thread::spawn(move || c.resume(()).map(|_| ()).unwrap_err());
        let told = innocent.join().expect("no interrupt of another thread arrives here");
        assert_eq!(told.is_raised(), interrupt == "raise", "{interrupt}: {told}");
        assert_eq!(told.is_killed(), interrupt != "raise", "{interrupt}: {told}");
    }
}

#[test]
fn a_loop_made_in_a_coroutine_is_refused_and_run_is_not() {
    let c = Coroutine::new(|_: &Yielder<(), ()>, ()| {
        assert!(EventLoop::new().is_err());
        coro::run(|| thread::spawn(|| 7).join().unwrap())
    });
    assert_eq!(c.resume(()).unwrap(), Complete(7));
}

#[test]
fn what_starts_while_the_loop_ends_is_unwound_as_well() {
    let unwound = Rc::new(Cell::new(0));
    let kept = Rc::new(RefCell::new(Vec::new()));
    coro::run(|| {
        let make = |unwound: Rc<Cell<u32>>| {
            Coroutine::<(), (), ()>::new(move |cx: &Yielder<(), ()>, ()| {
                let _told = OnDrop(|| unwound.set(unwound.get() + 1));
                cx.suspend(());
            })
        };
        let first = Coroutine::<(), (), ()>::new({
            let (unwound, kept) = (unwound.clone(), kept.clone());
            move |cx: &Yielder<(), ()>, ()| {
                let _starts = OnDrop(|| {
                    let late = make(unwound.clone());
                    late.resume(()).unwrap();
                    kept.borrow_mut().push(late);
                });
                cx.suspend(());
            }
        });
        first.resume(()).unwrap();
        std::mem::forget(first);
    });
    assert_eq!(unwound.get(), 1);
}

#[coro::test]
fn a_raise_that_comes_while_a_killer_drops_what_was_given_out_arrives() {
    let slow = || Loaded(Some(Box::new(|| thread::sleep(Duration::from_millis(1)))));
    let c = Rc::new(Coroutine::<(), Loaded, ()>::new(move |cx: &Yielder<(), Loaded>, ()| {
        let _last = OnDrop(|| cx.suspend(slow()));
        cx.suspend(Loaded(None));
    }));
    drop(c.resume(()));
    let killer = thread::spawn({
        let c = c.clone();
        move || {
            coro::catch::<u8, _>(|| {
                let _ = c.kill();
                thread::park();
            })
        }
    });
    thread::yield_now(); // it sleeps now, in the destructor of what was given out
    killer.raise(1_u8);
    assert_eq!(killer.join().unwrap(), Err(1));
    assert!(c.resume(()).is_err_and(|error| error.is_killed()));
}

/// Catches a panic by std, which tells nobody; what it left behind must not be taken for an unwind.
fn catch_by_std() {
    let _ = catch_unwind(|| std::panic::panic_any(coro::__private::Planned));
}

#[coro::test]
fn one_that_was_passed_over_is_killed_in_somebody_elses_destructor() {
    let inner = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
        cx.main(()).unwrap();
    });
    let passed_over = Rc::new(Coroutine::<(), (), ()>::new(move |_: &Yielder<(), ()>, ()| {
        catch_by_std();
        let _ = inner.resume(());
    }));
    passed_over.resume(()).unwrap();
    let killer = thread::spawn({
        let passed_over = passed_over.clone();
        move || {
            let _kills = OnDrop(|| passed_over.kill().unwrap());
            std::panic::panic_any(coro::__private::Planned);
        }
    });
    assert!(killer.join().unwrap_err().is_panic());
    assert!(passed_over.is_done());
}

#[coro::test]
fn one_that_caught_a_panic_in_somebody_elses_destructor_can_be_killed_later() {
    let c = Rc::new(Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
        catch_by_std();
        cx.suspend(());
    }));
    let resumer = thread::spawn({
        let c = c.clone();
        move || {
            let _resumes = OnDrop(|| drop(c.resume(())));
            std::panic::panic_any(coro::__private::Planned);
        }
    });
    assert!(resumer.join().unwrap_err().is_panic());
    c.kill().unwrap();
    assert!(c.is_done());
}

#[test]
fn coroutines_that_come_again_at_the_end_are_named_after_the_grace() {
    fn come_again() {
        let c = Coroutine::<(), (), ()>::new(|cx: &Yielder<(), ()>, ()| {
            let _again = OnDrop(come_again);
            cx.suspend(());
        });
        c.resume(()).unwrap();
        std::mem::forget(c);
    }
    let ended = child::run(|| {
        coro::Builder::new().shutdown_grace(Duration::from_millis(20)).run(come_again);
    });
    ended.expect_abort_saying(&["did not end within 20ms", "coroutine"]);
}
