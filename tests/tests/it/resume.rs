//! Threads that are resumed with values: answers, errors, ends and interrupts, from everywhere.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use coro::CoroutineState::{Complete, Yielded};
use coro::Yielder;
use coro::thread::{self, ResumeHandle, ResumeRoutine};
use coro_tests::canary::{Canary, Drops};
use coro_tests::sockets;

use crate::support::{HOUR, MILLISECOND, child, watch};

/// What reports say of a thread that can be resumed.
const IDLE: &str = "a resume";
/// What they say of one that waits for an answer.
const ASKS: &str = "a thread's answer (resume)";
/// What they say of one that cannot hand its value over yet.
const QUEUES: &str = "a thread to take the value before (resume)";

/// Answers each value with its tenfold, and ends at 0 with how many there were.
fn tenfold() -> ResumeRoutine<'static, u32, u32, u32> {
    let routine = ResumeRoutine::from_fn(|cx: &Yielder<u32, u32>, first| {
        let (mut value, mut count) = (first, 0);
        while value != 0 {
            count += 1;
            value = cx.suspend(10 * value);
        }
        count
    });
    routine.named("tenfold")
}

/// As [`tenfold`], but takes an hour of a paused clock for each answer.
fn slow_tenfold() -> ResumeRoutine<'static, u32, u32, ()> {
    let routine = ResumeRoutine::from_fn(|cx: &Yielder<u32, u32>, first| {
        let mut value = first;
        loop {
            thread::sleep(HOUR);
            value = cx.suspend(10 * value);
        }
    });
    routine.named("slow")
}

/// Gives every canary back that it gets, and holds one of its own.
fn keeper(drops: &Drops) -> ResumeRoutine<'static, Canary, Canary, ()> {
    let (captured, drops) = (drops.canary(), drops.clone());
    let routine = ResumeRoutine::from_fn(move |cx: &Yielder<Canary, Canary>, first| {
        let mut value = first;
        loop {
            let local = drops.canary();
            value.check();
            value = cx.suspend(value);
            local.check();
            captured.check();
        }
    });
    routine.named("keeper")
}

/// Spawns a thread with a name.
fn named<T: 'static>(name: &str, f: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

/// Runs `f` on another OS thread, while this loop goes on.
fn elsewhere<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    struct Unpark(thread::Thread);
    impl Drop for Unpark {
        fn drop(&mut self) {
            self.0.unpark();
        }
    }
    let unpark = Unpark(thread::current());
    let other = std::thread::spawn(move || {
        let _unpark = unpark;
        f()
    });
    thread::park();
    other.join().unwrap()
}

mod values {
    use super::*;

    #[coro::test(seeds = 100)]
    fn each_resume_gets_its_answer_and_the_last_the_result() {
        let averager = ResumeRoutine::from_fn(|cx: &Yielder<f64, f64>, first: f64| {
            let (mut sum, mut n, mut x) = (0.0, 0, first);
            while x.is_finite() {
                sum += x;
                n += 1;
                x = cx.suspend(sum / f64::from(n));
            }
            n
        });
        let mut average = averager.spawn();
        assert_eq!(average.resume(10.0).unwrap(), Yielded(10.0));
        assert_eq!(average.resume(20.0).unwrap(), Yielded(15.0));
        assert!(!average.is_finished());
        assert_eq!(average.resume(f64::NAN).unwrap(), Complete(2));
        assert!(average.is_finished());
    }

    #[coro::test(seeds = 100)]
    fn it_begins_at_the_first_resume() {
        let log = Rc::new(RefCell::new(Vec::new()));
        let logger = ResumeRoutine::from_fn({
            let log = log.clone();
            move |cx: &Yielder<&'static str, ()>, first| {
                log.borrow_mut().push(first);
                let second = cx.suspend(());
                log.borrow_mut().push(second);
            }
        });
        let mut logger = logger.named("logger").spawn();
        watch::until_parked("logger", IDLE);
        log.borrow_mut().push("before");
        assert_eq!(logger.resume("first").unwrap(), Yielded(()));
        assert_eq!(watch::doing("logger").as_deref(), Some(IDLE));
        log.borrow_mut().push("between");
        assert_eq!(logger.resume("second").unwrap(), Complete(()));
        assert_eq!(log.take(), ["before", "first", "between", "second"]);
    }

    #[coro::test(seeds = 100)]
    fn a_resume_after_a_schedule_gets_its_own_answer() {
        let mut tenfold = tenfold().spawn();
        tenfold.schedule(1).unwrap();
        let refused = tenfold.schedule(2).unwrap_err();
        assert!(refused.is_pending());
        assert_eq!(refused.into_value(), Some(2));
        assert_eq!(tenfold.resume(3).unwrap(), Yielded(30));
        tenfold.schedule(4).unwrap();
        watch::until_parked("tenfold", IDLE);
        tenfold.schedule(5).unwrap();
        assert_eq!(tenfold.resume(6).unwrap(), Yielded(60));
        assert_eq!(tenfold.resume(0).unwrap(), Complete(5));
    }

    #[coro::test(start_paused, seeds = 100)]
    fn it_may_sleep_while_others_run() {
        let mut slow = slow_tenfold().spawn();
        let ticks = Rc::new(Cell::new(0));
        let ticker = thread::spawn({
            let ticks = ticks.clone();
            move || {
                for _ in 0..3 {
                    thread::sleep(HOUR / 4);
                    ticks.set(ticks.get() + 1);
                }
            }
        });
        let start = coro::time::now();
        assert_eq!(slow.resume(1).unwrap(), Yielded(10));
        assert_eq!(ticks.get(), 3);
        assert_eq!(slow.resume(2).unwrap(), Yielded(20));
        assert_eq!(coro::time::now() - start, 2 * HOUR);
        ticker.join().unwrap();
        drop(slow);
        watch::until_alone();
    }

    #[coro::test]
    fn it_may_read_a_socket_between_its_answers() {
        let (mut reader, mut writer) = sockets::pair().unwrap();
        let records = ResumeRoutine::from_fn(move |cx: &Yielder<(), String>, ()| {
            let mut record = [0; 5];
            while reader.read_exact(&mut record).is_ok() {
                cx.suspend(String::from_utf8_lossy(&record).into_owned());
            }
        });
        let records = records.spawn();
        let sender = thread::spawn(move || {
            for byte in b"firstnext.last." {
                writer.write_all(&[*byte]).unwrap();
                thread::yield_now();
            }
        });
        assert!(records.eq(["first", "next.", "last."]));
        sender.join().unwrap();
    }

    #[coro::test(seeds = 100)]
    fn iteration_ends_once_and_leaves_the_result() {
        let numbers = ResumeRoutine::from_fn(|cx: &Yielder<(), u32>, ()| {
            for n in 0..3 {
                thread::yield_now();
                cx.suspend(n);
            }
            "result"
        });
        let mut numbers = numbers.spawn();
        assert!(numbers.by_ref().eq([0, 1, 2]));
        assert_eq!(numbers.next(), None);
        assert_eq!(numbers.join().unwrap(), "result");
    }

    #[coro::test(start_paused)]
    fn what_is_given_out_when_nobody_asks_goes_nowhere() {
        let impatient = ResumeRoutine::from_fn(|cx: &Yielder<u32, &'static str>, _| {
            coro::timeout(HOUR, || cx.suspend("patient")).unwrap_err();
            cx.suspend("impatient")
        });
        let mut impatient = impatient.named("impatient").spawn();
        assert_eq!(impatient.resume(1).unwrap(), Yielded("patient"));
        thread::sleep(2 * HOUR);
        // Its second word answered nobody, and this is what its second wait brings.
        assert_eq!(impatient.resume(2).unwrap(), Complete(2));
    }

    #[coro::test]
    fn debug_shows_the_thread() {
        let handle = tenfold().spawn();
        assert!(format!("{handle:?}").starts_with("ResumeHandle { thread: Thread { id:"));
        assert!(format!("{:?}", tenfold()).contains("\"tenfold\""));
        drop(handle);
        watch::until_alone();
    }
}

mod errors {
    use super::*;

    #[coro::test(seeds = 100)]
    fn one_that_has_ended_gives_the_value_back() {
        let mut tenfold = tenfold().spawn();
        assert_eq!(tenfold.resume(0).unwrap(), Complete(0));
        for refused in [tenfold.resume(1).unwrap_err(), tenfold.schedule(1).unwrap_err()] {
            assert!(refused.is_done());
            let text = "thread 'tenfold' has ended and takes no more values; make a new one";
            assert_eq!(refused.to_string(), text);
            assert_eq!(refused.into_value(), Some(1));
        }
        let error = tenfold.join().unwrap_err();
        assert!(!error.is_panic() && !error.is_killed() && !error.is_raised());
        let text = "thread 'tenfold' has ended, and its result went to an earlier resume";
        assert_eq!(error.to_string(), text);
    }

    #[coro::test(seeds = 100)]
    fn a_value_that_is_not_taken_comes_back_and_the_result_stays() {
        let mut tenfold = tenfold().spawn();
        tenfold.schedule(0).unwrap();
        let refused = tenfold.resume(1).unwrap_err();
        assert!(refused.is_done());
        assert_eq!(refused.into_value(), Some(1));
        assert_eq!(tenfold.join().unwrap(), 0);
    }

    #[coro::test(seeds = 100)]
    fn a_panic_is_told_by_the_resume_in_which_it_comes() {
        let fragile = ResumeRoutine::from_fn(|cx: &Yielder<u32, ()>, _| {
            cx.suspend(());
            std::panic::panic_any(coro::__private::Planned);
        });
        let mut fragile: ResumeHandle<u32, (), ()> = fragile.named("fragile").spawn();
        assert_eq!(fragile.resume(1).unwrap(), Yielded(()));
        let error = fragile.resume(2).unwrap_err();
        assert!(error.is_panic() && !error.is_done());
        assert_eq!(error.to_string(), "thread 'fragile' ended instead of yielding");
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "thread 'fragile' panicked");
        assert!(error.into_join_error().unwrap().is::<coro::__private::Planned>());
        assert!(fragile.resume(3).unwrap_err().is_done());
        assert!(!fragile.join().unwrap_err().is_panic());
    }

    #[coro::test(seeds = 100)]
    fn a_kill_and_a_raise_are_told_too() {
        let drops = Drops::default();
        let sleeper = || {
            let captured = drops.canary();
            let routine = ResumeRoutine::from_fn(move |_: &Yielder<Canary, ()>, value| {
                thread::park();
                captured.check();
                value.check();
            });
            routine.named("sleeper").spawn()
        };
        let mut killed = sleeper();
        let killer = thread::spawn({
            let thread = killed.thread().clone();
            move || {
                watch::until_parked("sleeper", "an unpark");
                thread.kill();
            }
        });
        let error = killed.resume(drops.canary()).unwrap_err();
        assert!(error.is_killed() && error.into_value().is_none());
        killer.join().unwrap();
        let mut raised = sleeper();
        let raiser = thread::spawn({
            let thread = raised.thread().clone();
            move || {
                watch::until_parked("sleeper", "an unpark");
                thread.raise("enough");
            }
        });
        let error = raised.resume(drops.canary()).unwrap_err();
        assert!(error.is_raised());
        assert_eq!(error.into_join_error().unwrap().downcast_ref(), Some(&"enough"));
        raiser.join().unwrap();
        drop((killed, raised));
        drops.expect_none_alive();
    }

    #[coro::test(start_paused, seeds = 100)]
    fn an_untaken_value_comes_back_from_a_killed_thread() {
        let mut slow = slow_tenfold().spawn();
        slow.schedule(1).unwrap();
        let killer = thread::spawn({
            let thread = slow.thread().clone();
            move || {
                thread::sleep(HOUR / 2);
                thread.kill();
            }
        });
        let error = slow.resume(2).unwrap_err();
        assert!(error.is_killed());
        assert_eq!(error.into_value(), Some(2));
        killer.join().unwrap();
    }

    #[coro::test]
    fn a_thread_does_not_resume_itself() {
        type Own = Rc<RefCell<Option<ResumeHandle<u32, u32, u32>>>>;
        let own = Own::default();
        let routine = ResumeRoutine::from_fn({
            let own = own.clone();
            move |cx: &Yielder<u32, u32>, first| {
                let mut handle = own.take().unwrap();
                let refused = handle.resume(first).unwrap_err();
                assert!(refused.is_running());
                // It may leave itself a value, though.
                handle.schedule(refused.into_value().unwrap() + 1).unwrap();
                cx.suspend(0)
            }
        });
        let mut handle = routine.named("own").spawn();
        handle.schedule(7).unwrap();
        own.replace(Some(handle));
        watch::until_alone();
        assert!(own.take().is_none());
    }

    #[coro::test]
    fn a_thread_does_not_iterate_over_itself() {
        let own = Rc::new(RefCell::new(None::<ResumeHandle<(), (), ()>>));
        let said = Rc::new(Cell::new(false));
        let routine = ResumeRoutine::from_fn({
            let (own, said) = (own.clone(), said.clone());
            move |_: &Yielder<(), ()>, ()| {
                let mut handle = own.take().unwrap();
                let outcome = coro::panic::catch_unwind(AssertUnwindSafe(|| handle.next()));
                said.set(outcome.is_err());
            }
        });
        let mut handle = routine.spawn();
        handle.schedule(()).unwrap();
        own.replace(Some(handle));
        watch::until_alone();
        assert!(said.get());
    }

    #[coro::test(seeds = 100)]
    fn only_its_own_thread_suspends_with_a_yielder() {
        let lender = ResumeRoutine::from_fn(|cx: &Yielder<u32, u32>, first| {
            let outcome = thread::scope(|scope| scope.spawn(|| cx.suspend(0)).join());
            assert!(outcome.unwrap_err().is_panic());
            cx.suspend(first)
        });
        let mut lender = lender.spawn();
        assert_eq!(lender.resume(1).unwrap(), Yielded(1));
        assert_eq!(lender.resume(2).unwrap(), Complete(2));
    }

    #[test]
    fn without_a_loop_there_is_no_spawn() {
        let outcome = std::panic::catch_unwind(|| drop(tenfold().spawn()));
        assert!(outcome.unwrap_err().is::<String>());
    }
}

mod ends {
    use super::*;

    #[coro::test(seeds = 100)]
    fn dropping_the_handle_of_one_that_has_not_begun_drops_its_function_unrun() {
        let drops = Drops::default();
        drop(keeper(&drops).spawn());
        watch::until_alone();
        let idle = keeper(&drops).spawn();
        watch::until_parked("keeper", IDLE);
        drop(idle);
        watch::until_alone();
        assert_eq!(drops.made(), 2);
        drops.expect_none_alive();
    }

    #[coro::test(seeds = 100)]
    fn a_kill_before_it_begins_does_the_same() {
        let drops = Drops::default();
        for raise in [false, true] {
            let idle = keeper(&drops).spawn();
            watch::until_parked("keeper", IDLE);
            if raise {
                idle.raise(7_u8);
            } else {
                idle.kill();
            }
            let error = idle.join().unwrap_err();
            assert_eq!((error.is_killed(), error.is_raised()), (!raise, raise));
        }
        let mut raised = keeper(&drops).spawn();
        watch::until_parked("keeper", IDLE);
        raised.raise(7_u8);
        watch::until("it ends", || raised.is_finished());
        assert!(raised.resume(drops.canary()).unwrap_err().is_done());
        assert!(raised.join().unwrap_err().is_raised());
        drops.expect_none_alive();
    }

    #[coro::test(seeds = 100)]
    fn dropping_the_handle_kills_one_that_waits() {
        let drops = Drops::default();
        let mut handle = keeper(&drops).spawn();
        drop(handle.resume(drops.canary()).unwrap());
        drop(handle);
        watch::until_alone();
        drops.expect_none_alive();
    }

    #[coro::test(start_paused, seeds = 100)]
    fn and_one_that_waits_later_after_what_was_scheduled() {
        let log = Rc::new(RefCell::new(Vec::new()));
        let logger = ResumeRoutine::from_fn({
            let log = log.clone();
            move |cx: &Yielder<u32, ()>, first| {
                let mut value = first;
                loop {
                    thread::sleep(HOUR);
                    log.borrow_mut().push(value);
                    value = cx.suspend(());
                }
            }
        });
        let mut logger = logger.named("logger").spawn();
        logger.schedule(1).unwrap();
        watch::until_parked("logger", "the end of its sleep");
        logger.schedule(2).unwrap();
        drop(logger);
        thread::sleep(3 * HOUR);
        watch::until_alone();
        assert_eq!(log.take(), [1, 2]);
    }

    #[coro::test(seeds = 100)]
    fn join_ends_one_that_waits_and_gets_the_result_of_one_that_returns() {
        assert!(tenfold().spawn().join().unwrap_err().is_killed());
        let mut waits = tenfold().spawn();
        assert_eq!(waits.resume(1).unwrap(), Yielded(10));
        assert!(waits.join().unwrap_err().is_killed());
        let mut returns = tenfold().spawn();
        returns.schedule(0).unwrap();
        assert_eq!(returns.join().unwrap(), 0);
    }

    #[test]
    fn the_thread_of_a_forgotten_handle_lives_until_its_loop_ends() {
        let drops = Drops::default();
        coro::run(|| {
            let mut handle = keeper(&drops).spawn();
            drop(handle.resume(drops.canary()).unwrap());
            std::mem::forget(handle);
            std::mem::forget(keeper(&drops).spawn());
            for _ in 0..10 {
                thread::yield_now();
            }
            assert_eq!(watch::doing("keeper").as_deref(), Some(IDLE));
        });
        drops.expect_none_alive();
    }

    #[test]
    fn a_handle_that_outlives_the_loop_is_done() {
        let drops = Drops::default();
        let mut kept = None;
        coro::run(|| {
            let mut handle = keeper(&drops).spawn();
            handle.schedule(drops.canary()).unwrap();
            kept = Some(handle);
        });
        let mut handle = kept.unwrap();
        assert!(handle.resume(drops.canary()).unwrap_err().is_done());
        assert!(handle.join().unwrap_err().is_killed());
        drops.expect_none_alive();
    }

    #[coro::test(seeds = 100)]
    fn a_panic_goes_on_in_whoever_iterates() {
        let fragile = ResumeRoutine::from_fn(|cx: &Yielder<(), u32>, ()| {
            cx.suspend(1);
            std::panic::panic_any(coro::__private::Planned);
        });
        let mut fragile = fragile.spawn();
        assert_eq!(fragile.next(), Some(1));
        let outcome = coro::panic::catch_unwind(AssertUnwindSafe(|| fragile.next()));
        assert!(outcome.unwrap_err().is::<coro::__private::Planned>());
        assert_eq!(fragile.next(), None);
        assert!(!fragile.join().unwrap_err().is_panic());
    }

    #[coro::test(seeds = 100)]
    fn a_kill_ends_the_iteration() {
        let endless = ResumeRoutine::from_fn(|cx: &Yielder<(), ()>, ()| {
            loop {
                cx.suspend(());
            }
        });
        let mut endless: ResumeHandle<(), (), ()> = endless.spawn();
        assert_eq!(endless.next(), Some(()));
        endless.kill();
        assert_eq!(endless.next(), None);
        assert_eq!(endless.next(), None);
        assert!(endless.join().unwrap_err().is_killed());
    }

    #[coro::test(seeds = 100)]
    fn a_shield_does_not_keep_one_alive_that_nobody_can_resume() {
        let drops = Drops::default();
        let shielded = ResumeRoutine::from_fn({
            let captured = drops.canary();
            move |cx: &Yielder<(), ()>, ()| {
                coro::shield(|| {
                    cx.suspend(());
                    captured.check();
                });
            }
        });
        let mut shielded = shielded.spawn();
        assert_eq!(shielded.resume(()).unwrap(), Yielded(()));
        assert!(shielded.join().unwrap_err().is_killed());
        drops.expect_none_alive();
    }

    /// Suspends when it is dropped, and takes what it gets.
    struct LastWord<'a>(&'a Yielder<u32, &'static str>, Rc<Cell<u32>>);

    impl Drop for LastWord<'_> {
        fn drop(&mut self) {
            self.1.set(self.0.suspend("last word"));
        }
    }

    #[coro::test(seeds = 100)]
    fn a_destructor_may_suspend_while_there_is_a_handle() {
        let heard = Rc::new(Cell::new(0));
        let speaker = ResumeRoutine::from_fn({
            let heard = heard.clone();
            move |cx: &Yielder<u32, &'static str>, _| {
                let _last = LastWord(cx, heard);
                thread::park();
            }
        });
        let mut speaker = speaker.named("speaker").spawn();
        speaker.schedule(1).unwrap();
        watch::until_parked("speaker", "an unpark");
        speaker.kill();
        watch::until_parked("speaker", IDLE);
        // It waits in the middle of its unwind, and takes the value there.
        assert!(speaker.resume(2).unwrap_err().is_killed());
        assert_eq!(heard.get(), 2);
    }

    #[test]
    fn a_destructor_that_suspends_without_a_handle_waits_and_is_named_in_the_end() {
        let ended = child::run(|| {
            let loop_builder =
                coro::Builder::new().shutdown_grace(std::time::Duration::from_millis(1));
            loop_builder.run(|| {
                let speaker = ResumeRoutine::from_fn(|cx: &Yielder<u32, &'static str>, _| {
                    let _last = LastWord(cx, Rc::default());
                    cx.suspend("first word");
                });
                let mut speaker = speaker.named("speaker").spawn();
                speaker.resume(1).unwrap();
                drop(speaker);
                watch::until_parked(
                    "speaker",
                    "a resume, in a destructor, by a handle that is gone",
                );
                println!("the loop goes on");
            });
        });
        assert!(ended.stdout.contains("the loop goes on"), "{ended:#?}");
        ended.expect_abort_saying(&["'speaker'", "a resume, in a destructor"]);
    }

    #[coro::test(seeds = 100)]
    fn a_destructor_of_an_unwanted_answer_that_panics_hurts_nobody() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                std::panic::panic_any(coro::__private::Planned);
            }
        }
        let bomber = ResumeRoutine::from_fn(|cx: &Yielder<u32, Bomb>, first| {
            let second = cx.suspend(Bomb);
            first + second
        });
        let mut bomber = bomber.named("bomber").spawn();
        bomber.schedule(1).unwrap();
        watch::until_parked("bomber", IDLE);
        match bomber.resume(2).unwrap() {
            Complete(sum) => assert_eq!(sum, 3),
            Yielded(_) => unreachable!("it suspends once"),
        }
        // A scheduled value that was never taken goes with the thread.
        let taker = ResumeRoutine::from_fn(|_: &Yielder<Bomb, ()>, first| std::mem::forget(first));
        let mut taker = taker.named("taker").spawn();
        taker.schedule(Bomb).unwrap();
        taker.kill();
        watch::until_alone();
    }
}

mod scopes {
    use super::*;

    #[coro::test(seeds = 100)]
    fn a_scoped_one_borrows_and_is_killed_with_its_handle() {
        let drops = Drops::default();
        let borrowed = [drops.canary()];
        let sum = Cell::new(0);
        thread::scope(|scope| {
            let adder = ResumeRoutine::from_fn(|cx: &Yielder<u32, u32>, first| {
                let mut n = first;
                loop {
                    borrowed[0].check();
                    sum.set(sum.get() + n);
                    n = cx.suspend(sum.get());
                }
            });
            let mut adder: thread::ScopedResumeHandle<'_, u32, u32, ()> =
                scope.spawn_resumable(adder.named("adder"));
            assert_eq!(adder.resume(1).unwrap(), Yielded(1));
            adder.schedule(2).unwrap();
            assert_eq!(adder.resume(3).unwrap(), Yielded(6));
            assert_eq!(adder.thread().name(), Some("adder"));
            assert!(format!("{adder:?}").starts_with("ScopedResumeHandle { thread:"));
        });
        assert_eq!(sum.get(), 6);
        drop(borrowed);
        drops.expect_none_alive();
    }

    #[coro::test(seeds = 100)]
    fn it_iterates_and_joins() {
        let words = ["to", "be"];
        let lengths = || {
            ResumeRoutine::from_fn(|cx: &Yielder<(), usize>, ()| {
                for word in &words {
                    cx.suspend(word.len());
                }
                words[0]
            })
        };
        thread::scope(|scope| {
            let mut all = scope.spawn_resumable(lengths());
            assert!(all.by_ref().eq([2, 2]));
            assert_eq!(all.join().unwrap(), "to");
            let mut some = scope.spawn_resumable(lengths());
            assert_eq!(some.next(), Some(2));
            assert!(some.join().unwrap_err().is_killed());
        });
    }

    #[coro::test(seeds = 100)]
    fn a_panic_that_no_resume_has_told_is_the_scopes() {
        let panics = || {
            ResumeRoutine::from_fn(|_: &Yielder<(), ()>, ()| -> () {
                std::panic::panic_any(coro::__private::Planned);
            })
        };
        thread::scope(|scope| {
            assert!(scope.spawn_resumable(panics()).resume(()).unwrap_err().is_panic());
        });
        let unheard = coro::panic::catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| scope.spawn_resumable(panics()).schedule(()).unwrap());
        }));
        assert_eq!(unheard.unwrap_err().downcast_ref(), Some(&"a scoped thread panicked"));
    }

    #[coro::test(start_paused, seeds = 100)]
    fn an_interrupt_of_the_scope_ends_the_resume_and_the_thread() {
        let drops = Drops::default();
        let borrowed = drops.canary();
        let cut_short = coro::timeout(HOUR, || {
            thread::scope(|scope| {
                let silent = ResumeRoutine::from_fn(|_: &Yielder<Canary, ()>, value| {
                    thread::park();
                    value.check();
                    borrowed.check();
                });
                let mut silent = scope.spawn_resumable(silent);
                drop(silent.resume(drops.canary()));
            });
        });
        assert!(cut_short.is_err());
        drop(borrowed);
        drops.expect_none_alive();
    }
}

mod interrupts {
    use super::*;

    #[coro::test(start_paused, seeds = 100)]
    fn a_resume_that_is_cut_short_leaves_its_value_and_not_its_answer() {
        let mut slow = slow_tenfold().spawn();
        assert!(coro::timeout(HOUR / 2, || slow.resume(1)).is_err());
        assert_eq!(slow.resume(2).unwrap(), Yielded(20));
        // Now the same where the value cannot be handed over in time.
        slow.schedule(3).unwrap();
        watch::until_parked("slow", "the end of its sleep");
        slow.schedule(4).unwrap();
        assert!(coro::timeout(HOUR / 2, || slow.resume(5)).is_err());
        let refused = slow.schedule(6).unwrap_err();
        assert!(refused.is_pending());
        assert_eq!(slow.resume(7).unwrap(), Yielded(70));
        drop(slow);
        watch::until_alone();
    }

    #[coro::test(start_paused, seeds = 100)]
    fn a_resumer_is_interrupted_at_each_of_its_waits() {
        #[derive(Clone, Copy)]
        enum How {
            Kill,
            Raise,
            Timeout,
        }
        for how in [How::Kill, How::Raise, How::Timeout] {
            for (waits_for, scheduled) in [(ASKS, 0), (QUEUES, 2)] {
                let drops = Drops::default();
                let routine = ResumeRoutine::from_fn({
                    let captured = drops.canary();
                    move |cx: &Yielder<Canary, Canary>, first| {
                        let mut value = first;
                        loop {
                            thread::sleep(2 * HOUR);
                            captured.check();
                            value = cx.suspend(value);
                        }
                    }
                });
                let mut handle: ResumeHandle<Canary, Canary, ()> = routine.named("slow").spawn();
                for _ in 0..scheduled {
                    handle.schedule(drops.canary()).unwrap();
                    watch::until("it sleeps", || {
                        watch::doing("slow").as_deref() == Some("the end of its sleep")
                    });
                }
                let resumer = named("resumer", {
                    let value = drops.canary();
                    move || coro::timeout(HOUR, || drop(handle.resume(value)))
                });
                watch::until_parked("resumer", waits_for);
                match how {
                    How::Kill => resumer.kill(),
                    How::Raise => resumer.raise(7_u8),
                    How::Timeout => {}
                }
                match (how, resumer.join()) {
                    (How::Kill, Err(error)) => assert!(error.is_killed()),
                    (How::Raise, Err(error)) => assert!(error.is_raised()),
                    (How::Timeout, Ok(outcome)) => assert!(outcome.is_err()),
                    (_, outcome) => panic!("{outcome:?}"),
                }
                // It takes what was handed over, and ends.
                thread::sleep(9 * HOUR);
                watch::until_alone();
                drops.expect_none_alive();
            }
        }
    }

    #[coro::test(start_paused, seeds = 100)]
    fn a_thread_is_interrupted_where_it_waits_to_be_resumed() {
        let catcher = ResumeRoutine::from_fn(|cx: &Yielder<u32, &'static str>, first| {
            let caught = coro::catch::<u8, _>(|| cx.suspend("catches")).unwrap_err();
            assert_eq!(caught, 7);
            let late = coro::timeout(HOUR, || cx.suspend("nobody hears this"));
            assert!(late.is_err());
            first + cx.suspend("nor this")
        });
        let mut catcher = catcher.named("catcher").spawn();
        assert_eq!(catcher.resume(1).unwrap(), Yielded("catches"));
        catcher.raise(7_u8);
        thread::sleep(2 * HOUR);
        assert_eq!(catcher.resume(2).unwrap(), Complete(3));

        let mut tenfold = tenfold().spawn();
        assert_eq!(tenfold.resume(1).unwrap(), Yielded(10));
        tenfold.raise(7_u8);
        watch::until_alone();
        assert!(tenfold.resume(2).unwrap_err().is_done());
        assert!(tenfold.join().unwrap_err().is_raised());
    }

    #[coro::test(seeds = 100)]
    fn a_kill_counts_before_a_value_that_comes_after_it() {
        let drops = Drops::default();
        let mut handle = keeper(&drops).spawn();
        drop(handle.resume(drops.canary()).unwrap());
        handle.kill();
        let error = handle.resume(drops.canary()).unwrap_err();
        assert!(error.is_killed());
        error.into_value().unwrap().check();
        let mut handle = keeper(&drops).spawn();
        handle.schedule(drops.canary()).unwrap();
        watch::until_parked("keeper", IDLE);
        handle.schedule(drops.canary()).unwrap();
        handle.kill();
        // The scheduled value is taken, and the thread comes to its next wait.
        assert!(handle.resume(drops.canary()).unwrap_err().is_killed());
        drop(handle);
        drops.expect_none_alive();
    }

    #[coro::test(seeds = 100)]
    fn a_value_that_a_raise_went_before_is_kept() {
        let catcher = ResumeRoutine::from_fn(|cx: &Yielder<u32, u32>, first| {
            assert!(coro::catch::<u8, _>(|| cx.suspend(first)).is_err());
            cx.suspend(0)
        });
        let mut catcher = catcher.named("catcher").spawn();
        assert_eq!(catcher.resume(1).unwrap(), Yielded(1));
        catcher.raise(7_u8);
        assert_eq!(catcher.resume(2).unwrap(), Complete(2));
    }

    /// Kills a thread at its k-th suspension, and says whether it was killed.
    fn with_kill_at(k: u32, when_parked: bool, body: impl FnOnce() + 'static) -> bool {
        let victim = named("victim", move || {
            coro::__private::kill_at_suspension(k, when_parked);
            body();
        });
        let outcome = victim.join();
        watch::until_alone();
        outcome.is_err_and(|error| error.is_killed())
    }

    #[coro::test(start_paused)]
    fn a_resumer_may_be_killed_at_any_suspension() {
        for (k, when_parked) in (1..=20).flat_map(|k| [(k, false), (k, true)]) {
            let drops = Drops::default();
            let killed = with_kill_at(k, when_parked, {
                let drops = drops.clone();
                move || {
                    let mut handle = keeper(&drops).spawn();
                    loop {
                        handle.resume(drops.canary()).unwrap();
                        handle.schedule(drops.canary()).unwrap();
                        handle.resume(drops.canary()).unwrap();
                    }
                }
            });
            assert!(killed);
            drops.expect_none_alive();
        }
    }

    #[coro::test(start_paused)]
    fn a_resumed_thread_may_be_killed_at_any_suspension() {
        for (k, when_parked) in (1..=20).flat_map(|k| [(k, false), (k, true)]) {
            let drops = Drops::default();
            let routine = ResumeRoutine::from_fn({
                let captured = drops.canary();
                move |cx: &Yielder<Canary, Canary>, first| {
                    coro::__private::kill_at_suspension(k, when_parked);
                    let mut value = first;
                    loop {
                        thread::sleep(MILLISECOND);
                        captured.check();
                        value = cx.suspend(value);
                    }
                }
            });
            let mut handle: ResumeHandle<Canary, Canary, ()> = routine.spawn();
            let error = loop {
                match handle.resume(drops.canary()) {
                    Ok(Yielded(answer)) => answer.check(),
                    Ok(Complete(())) => unreachable!("it never returns"),
                    Err(error) => break error,
                }
            };
            assert!(error.is_killed() || error.is_done(), "{error}");
            drop((handle, error));
            drops.expect_none_alive();
        }
    }
}

mod elsewhere {
    use super::*;

    #[coro::test]
    fn another_loop_resumes() {
        let mut tenfold = tenfold().spawn();
        let tenfold = elsewhere(move || {
            coro::run(|| {
                assert_eq!(tenfold.resume(1).unwrap(), Yielded(10));
                tenfold.schedule(2).unwrap();
                assert_eq!(tenfold.resume(3).unwrap(), Yielded(30));
                tenfold
            })
        });
        assert!(tenfold.join().unwrap_err().is_killed());
    }

    #[coro::test]
    fn a_resume_from_another_loop_is_cut_short_there() {
        let silent = ResumeRoutine::from_fn(|_: &Yielder<u32, ()>, _| thread::park());
        let mut silent = silent.spawn();
        let mut silent = elsewhere(move || {
            coro::run(|| assert!(coro::timeout(MILLISECOND, || silent.resume(1)).is_err()));
            silent
        });
        silent.schedule(2).unwrap();
        assert!(silent.schedule(3).unwrap_err().is_pending());
        silent.kill();
        assert!(silent.join().unwrap_err().is_killed());
    }

    #[coro::test]
    fn a_plain_os_thread_resumes_and_blocks() {
        let mut tenfold = tenfold().spawn();
        let count = elsewhere(move || {
            assert_eq!(tenfold.resume(1).unwrap(), Yielded(10));
            match tenfold.resume(0).unwrap() {
                Complete(count) => count,
                Yielded(_) => unreachable!("0 ends it"),
            }
        });
        assert_eq!(count, 1);
    }

    #[coro::test]
    fn a_hundred_thousand_resumes_from_a_plain_os_thread() {
        let mut tenfold = tenfold().spawn();
        elsewhere(move || {
            for n in 1..=100_000 {
                assert_eq!(tenfold.resume(n).unwrap(), Yielded(10 * n));
            }
            assert_eq!(tenfold.resume(0).unwrap(), Complete(100_000));
        });
    }

    #[coro::test]
    fn an_os_thread_that_schedules_without_pause_leaves_others_their_turns() {
        let mut tenfold = tenfold().spawn();
        let turns = Rc::new(Cell::new(0));
        let other = thread::spawn({
            let turns = turns.clone();
            move || loop {
                turns.set(turns.get() + 1);
                thread::yield_now();
            }
        });
        elsewhere(move || {
            let mut left = 10_000;
            while left > 0 {
                left -= u32::from(tenfold.schedule(left).is_ok());
            }
            tenfold.resume(0).unwrap();
        });
        assert!(turns.get() > 0);
        other.kill();
        other.join().unwrap_err();
    }

    #[coro::test]
    fn a_kill_that_races_an_answer_loses_and_mixes_nothing() {
        let drops = Drops::default();
        for round in 0..500 {
            let mut handle = keeper(&drops).spawn();
            let killer = handle.thread().clone();
            let made = drops.clone();
            elsewhere(move || {
                for n in 0.. {
                    if n == round % 7 {
                        killer.kill();
                    }
                    match handle.resume(made.canary()) {
                        Ok(Yielded(answer)) => answer.check(),
                        Ok(Complete(())) => unreachable!("it never returns"),
                        Err(error) => {
                            assert!(error.is_killed() || error.is_done(), "{error}");
                            break;
                        }
                    }
                }
            });
            watch::until_alone();
            drops.expect_none_alive();
        }
    }

    #[coro::test]
    fn a_resumer_in_another_loop_is_interrupted_while_the_answer_is_on_its_way() {
        let drops = Drops::default();
        let mut handle = keeper(&drops).spawn();
        let made = drops.clone();
        elsewhere(move || {
            coro::run(|| {
                for round in 0..500 {
                    let cut_short = coro::timeout(MILLISECOND / 50 * (round % 5), || {
                        handle.resume(made.canary())
                    });
                    if let Ok(reply) = cut_short {
                        assert!(matches!(reply, Ok(Yielded(_))));
                    }
                }
            });
        });
        watch::until_alone();
        drops.expect_none_alive();
    }

    #[test]
    fn an_os_thread_that_waits_hears_of_the_end_of_the_loop() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let other = coro::run(|| {
            let silent = ResumeRoutine::from_fn(|_: &Yielder<(), ()>, ()| thread::park());
            let mut silent = silent.named("silent").spawn();
            let other = std::thread::spawn(move || sender.send(silent.resume(())));
            watch::until_parked("silent", "an unpark");
            other
        });
        assert!(receiver.recv().unwrap().unwrap_err().is_killed());
        other.join().unwrap().unwrap();
    }
}

/// Random resumes, schedules, kills, raises, timeouts and drops; every answer must answer its own value.
mod storm {
    use coro::__private::Test;

    use super::*;

    /// A value with the number by which its answer is known.
    type Numbered = (u32, Canary);
    type Handle = ResumeHandle<Numbered, Numbered, u32>;

    /// Numbers by Knuth's linear congruence.
    #[derive(Clone)]
    struct Random(Rc<Cell<u64>>);

    impl Random {
        fn below(&self, limit: u64) -> u64 {
            let next = self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            self.0.set(next);
            (next >> 33) % limit
        }
    }

    fn answerer(random: Random, drops: &Drops) -> Handle {
        let captured = drops.canary();
        let routine = ResumeRoutine::from_fn(move |cx: &Yielder<Numbered, Numbered>, first| {
            let mut value: Numbered = first;
            for count in 0.. {
                captured.check();
                match random.below(10) {
                    0 => thread::sleep(MILLISECOND * 3),
                    1..4 => thread::yield_now(),
                    4 if random.below(4) == 0 => return count,
                    5 if random.below(8) == 0 => std::panic::panic_any(coro::__private::Planned),
                    _ => {}
                }
                value = match random.below(6) {
                    0 => match coro::catch::<u8, _>(|| cx.suspend(value)) {
                        Ok(next) => next,
                        Err(_) => return count,
                    },
                    1 => match coro::timeout(MILLISECOND * 2, || cx.suspend(value)) {
                        Ok(next) => next,
                        Err(_) => return count,
                    },
                    _ => cx.suspend(value),
                };
            }
            unreachable!("it counts for ever");
        });
        routine.spawn()
    }

    fn ask(handle: &mut Handle, number: u32, random: &Random, drops: &Drops) {
        let value = (number, drops.canary());
        match random.below(8) {
            0 => drop(handle.schedule(value)),
            1 => handle.kill(),
            2 => handle.raise(7_u8),
            3 => drop(coro::timeout(MILLISECOND * 2, || handle.resume(value))),
            _ => match handle.resume(value) {
                Ok(Yielded((answered, canary))) => {
                    canary.check();
                    assert_eq!(answered, number);
                }
                Ok(Complete(_)) => assert!(handle.is_finished()),
                Err(error) => assert!(!error.is_running() && !error.is_pending(), "{error}"),
            },
        }
    }

    fn resumer(random: Random, drops: Drops) {
        for number in 0..10 {
            let mut handle = answerer(random.clone(), &drops);
            for step in 0..random.below(20) as u32 {
                ask(&mut handle, 100 * number + step, &random, &drops);
            }
            if random.below(3) == 0 {
                // Whatever it says, it ends.
                drop(handle.join());
            }
        }
    }

    #[test]
    fn every_answer_answers_its_own_value_and_every_value_is_dropped_once() {
        for seed in 0..100 {
            let config = Test::new("resume::storm").start_paused(true).seed(seed);
            config.run(|| {
                let random = Random(Rc::new(Cell::new(seed)));
                let drops = Drops::default();
                let resumers: Vec<_> = (0..4)
                    .map(|_| {
                        let (random, drops) = (random.clone(), drops.clone());
                        thread::spawn(move || resumer(random, drops))
                    })
                    .collect();
                thread::sleep(MILLISECOND);
                resumers[0].kill();
                for (number, resumer) in resumers.into_iter().enumerate() {
                    let outcome = resumer.join();
                    assert!(outcome.is_ok() || number == 0, "{outcome:?}");
                }
                thread::sleep(HOUR);
                watch::until_alone();
                drops.expect_none_alive();
            });
        }
    }
}
